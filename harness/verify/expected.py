"""The events that must be there, without asking Kafka, Spark, HDFS or Presto."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from urllib.parse import parse_qs, urlsplit

from app import event
from app.event import Event
from app.ledger import Ledger
from app.route import ROUTES
from harness.config.plan import PlannedCall
from harness.record.models import Check
from harness.verify import checks

Events = dict[str, Event]
"""Events by their ids."""


def planned(calls: Iterable[PlannedCall], seed: int) -> Events:
    """The events of a load that begins with empty tables, from the plan and the seed alone.

    A call ends before the next begins, and the requests of one are all alike: so the next indices
    of its route are its events, whichever connection draws which.
    """
    drawn: Counter[str] = Counter()
    events: Events = {}
    for call in calls:
        argument = _argument(call)
        for _ in range(call.requests):
            made = event.make(seed, ROUTES[call.route], drawn[call.route], argument)
            events[made["event_id"]] = made
            drawn[call.route] += 1
    return events


def begun(ledger: Ledger, seed: int) -> Events:
    """Every event that the app began, from the ledger and the seed."""
    return {
        event_id: event.remake(seed, event_id, argument)
        for event_id, argument in ledger.began.items()
    }


def due(begun: Events, ledger: Ledger, found: Collection[str | None]) -> Events:
    """The events that must be there, after the ledger; `found` are the ids in the tables' files.

    These are the accepted ones, though the producer lost them, and those in doubt that came. One
    that was refused or never begun is unexpected, and in no answer.
    """
    ids = ledger.accepted | ledger.in_doubt.intersection(found)
    return {event_id: begun[event_id] for event_id in ids}


def check(planned: Events | None, begun: Events, ledger: Ledger) -> Check:
    """That the plan's events, where the load is a plan's alone, are those that were accepted."""
    name = "events planned or accepted, and not both"
    if planned is None:
        return Check(name=name, status="not_run", expected="not known", actual="not known")
    accepted = {event_id: begun[event_id] for event_id in ledger.accepted}
    ids = planned.keys() | accepted.keys()
    apart = sorted(one for one in ids if planned.get(one) != accepted.get(one))
    return checks.check(name, "0", checks.listed(apart))


def _argument(call: PlannedCall) -> str | None:
    """The text of the call's query parameter, as the app reads it."""
    parameter = ROUTES[call.route].argument
    return None if parameter is None else parse_qs(urlsplit(call.path).query)[parameter][0]
