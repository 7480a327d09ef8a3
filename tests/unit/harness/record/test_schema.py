"""The committed schema is the models'."""

import json
import re

from harness.record import schema
from harness.record.metrics import METRICS
from tests.unit.harness.record import example


def test_it_knows_the_fields_of_a_record_and_no_others() -> None:
    generated = json.loads(schema.generate_schema())
    written = json.loads(example.result().model_dump_json())

    assert set(generated["properties"]) == set(written)
    assert {"run_id", "status", "drain_s", "counts"} <= set(generated["required"])
    assert generated["additionalProperties"] is False
    assert set(generated["$defs"]["Counts"]["properties"]) == set(written["counts"])


def test_it_says_what_each_metric_is() -> None:
    described = json.loads(schema.generate_schema())["properties"]["metrics"]

    assert described["required"] == list(described["properties"])
    assert described["additionalProperties"] is False
    queryable = described["properties"]["queryable_per_s"]
    assert queryable["title"] == METRICS["queryable_per_s"].title
    assert (queryable["unit"], queryable["better"]) == ("events/s", "higher")
    assert queryable["type"] == ["number", "null"]


def test_a_record_s_metrics_are_those_of_the_schema() -> None:
    described = json.loads(schema.generate_schema())["properties"]["metrics"]
    written = json.loads(example.result().model_dump_json())["metrics"]

    of_services = written.keys() - described["properties"].keys()
    assert set(described["required"]) <= written.keys()
    assert {"pss_peak_bytes.load_tool", "startup_ready_s.web"} <= of_services
    for name in of_services:
        patterns = [
            pattern for pattern in described["patternProperties"] if re.search(pattern, name)
        ]
        assert len(patterns) == 1, name
    assert not any(re.search(p, "drain_s.web") for p in described["patternProperties"])
