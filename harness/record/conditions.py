"""The conditions that two runs must share for their figures to be compared."""

import hashlib
import json
from collections.abc import Mapping

from harness.record.models import Result

Value = str | int | float | bool | None


def read_conditions(result: Result) -> dict[str, Value]:
    """Return the conditions of a run by their names in the record.

    Conditions of the load are None where nothing was sent.

    `earlier_events` were there before the run began: Presto counts them too.
    """
    budget = result.budget
    # A closed loop has no rate: its series keep their names.
    rate = result.load.rate_per_s if result.load else None
    return {
        "environment.host.fingerprint": result.environment.host.fingerprint,
        "profile": result.profile,
        "backend": result.backend,
        **{
            f"load.{name}": getattr(result.load, name, None)
            for name in ("tool", "loop", "connections", "keep_alive", "requests")
        },
        **({} if rate is None else {"load.rate_per_s": rate}),
        "budget.vcpu": budget.vcpu,
        "budget.memory_bytes": budget.memory_bytes,
        "budget.enforced_by": budget.enforced_by,
        "earlier_events": _earlier_events(result),
    }


def name_series(result: Result) -> str:
    """Return the name of the series that a run belongs to, as `bench-1a2b3c4d`."""
    return name_conditions(read_conditions(result))


def name_conditions(conditions: Mapping[str, Value]) -> str:
    """Return the name of the series of runs under these conditions."""
    text = json.dumps(conditions, sort_keys=True)
    return f"{conditions['profile']}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _earlier_events(result: Result) -> int | None:
    """Return the number of events accepted before a valid run; None for another run."""
    if result.status != "valid" or result.counts is None or result.load is None:
        return None
    return result.counts.accepted - result.load.succeeded
