"""Old records as the present models have them: one step from each schema version to the next."""

from collections.abc import Callable, Mapping
from typing import Any

from harness.record.models import SCHEMA_VERSION

Fields = dict[str, Any]

KNOWN = range(1, SCHEMA_VERSION + 1)
"""The versions that can be read."""


def upgrade_fields(fields: Mapping[str, Any]) -> Fields:
    """Return the fields of a record of a known version as the newest version has them.

    Raises LookupError, TypeError or ArithmeticError where they are no record of their version.
    """
    upgraded = dict(fields)
    for version in range(upgraded["schema_version"], SCHEMA_VERSION):
        upgraded = {**STEPS[version](upgraded), "schema_version": version + 1}
    return upgraded


def _from_1(fields: Fields) -> Fields:
    """Add the cost: version 1 measured its CPU time per event, and not its bytes per event."""
    used, load = fields["resources"], fields["load"]
    if fields["status"] != "valid" or not used or not load or not load["succeeded"]:
        return fields
    usages = used["services"] | ({"load_tool": used["load_tool"]} if used["load_tool"] else {})
    # Of a valid run, these are the accepted events.
    accepted, cpu_s = load["succeeded"], used["total"]["cpu_s"]
    cost = {
        "cpu_s_per_1000_events": 1000 * cpu_s / accepted,
        "cpu_s_per_1000_events_by_service": {
            name: 1000 * usage["cpu_s"] / accepted for name, usage in usages.items()
        },
        "events_per_cpu_s": accepted / cpu_s,
        "kafka_bytes_per_event": None,
        "parquet_bytes_per_event": None,
    }
    return {**fields, "cost": cost}


def _from_2(fields: Fields) -> Fields:
    """Change nothing: version 2 measured nothing of others, so its runs have no mark."""
    return fields


STEPS: dict[int, Callable[[Fields], Fields]] = {1: _from_1, 2: _from_2}
