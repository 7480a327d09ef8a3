"""The JSON schema of result.json, generated from the models and the registry of metrics."""

import json
from pathlib import Path
from typing import Any

from harness.record import metrics, models

PATH = Path(__file__).with_name("result.schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def generate_schema() -> str:
    """Generate the schema of a record as it is written."""
    schema = models.Result.model_json_schema(mode="serialization")
    schema["properties"]["metrics"] = _metrics()
    return json.dumps({"$schema": DIALECT, **schema}, indent=2) + "\n"


def _metrics() -> dict[str, Any]:
    """Return the schema of `metrics`: each metric of a run, and metrics of any services."""
    whole = {name: _metric(metric) for name, metric in metrics.METRICS.items() if metric.read}
    parts = {
        rf"^{name}\.[^.]+$": _metric(metric)
        for name, metric in metrics.METRICS.items()
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


def _metric(metric: metrics.Metric) -> dict[str, Any]:
    """Return a metric's schema; validators ignore our keywords `unit` and `better`."""
    return {
        "title": metric.title,
        "description": metric.description,
        "type": ["number", "null"],
        "unit": metric.unit,
        "better": metric.better,
    }
