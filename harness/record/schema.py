"""The JSON schema of result.json, generated from the models and the registry of metrics.

`python -m harness.record.schema` writes it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.record.metrics import METRICS, Metric
from harness.record.models import Result

PATH = Path(__file__).with_name("result.schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def generate_schema() -> str:
    """The schema's text, of a record as it is written."""
    schema = Result.model_json_schema(mode="serialization")
    schema["properties"]["metrics"] = _metrics()
    return json.dumps({"$schema": DIALECT, **schema}, indent=2) + "\n"


def _metrics() -> dict[str, Any]:
    """An object that has each metric of a run, and those of any services."""
    whole = {name: _metric(metric) for name, metric in METRICS.items() if metric.read}
    parts = {
        rf"^{name}\.[^.]+$": _metric(metric)
        for name, metric in METRICS.items()
        if metric.by_service
    }
    return {
        "title": "Metrics",
        "type": "object",
        "properties": whole,
        "required": list(whole),
        "patternProperties": parts,
        "additionalProperties": False,
    }


def _metric(metric: Metric) -> dict[str, Any]:
    """`unit` and `better` are words of ours, which validators let pass."""
    return {
        "title": metric.title,
        "description": metric.description,
        "type": ["number", "null"],
        "unit": metric.unit,
        "better": metric.better,
    }


if __name__ == "__main__":
    PATH.write_text(generate_schema(), encoding="utf-8")
