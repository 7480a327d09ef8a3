"""The JSON schema of result.json, generated from the models: `python -m harness.record.schema`."""

from __future__ import annotations

import json
from pathlib import Path

from harness.record.models import Result

PATH = Path(__file__).with_name("result.schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def generate() -> str:
    """The schema's text, of a record as it is written."""
    schema = Result.model_json_schema(mode="serialization")
    return json.dumps({"$schema": DIALECT, **schema}, indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(generate(), encoding="utf-8")
