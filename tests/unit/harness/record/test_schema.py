"""The committed schema is the models'."""

from __future__ import annotations

import json

from harness.record import schema
from tests.unit.harness.record import example


def test_the_committed_schema_is_not_stale() -> None:
    assert schema.PATH.read_text(encoding="utf-8") == schema.generate(), (
        "generate it anew: python -m harness.record.schema"
    )


def test_it_knows_the_fields_of_a_record_and_no_others() -> None:
    generated = json.loads(schema.generate())
    written = json.loads(example.result().model_dump_json())

    assert set(generated["properties"]) == set(written)
    assert {"run_id", "status", "drain_s", "counts"} <= set(generated["required"])
    assert generated["additionalProperties"] is False
    assert set(generated["$defs"]["Counts"]["properties"]) == set(written["counts"])
