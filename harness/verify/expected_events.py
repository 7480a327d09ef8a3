"""The events that must be stored, known without asking Kafka, Spark, HDFS or Presto."""

from collections import Counter
from collections.abc import Collection, Iterable
from urllib.parse import parse_qs, urlsplit

from app import event, route
from app.ledger import Ledger
from harness.config.load_plan import PlannedCall
from harness.record.models import Check
from harness.verify import checks

Events = dict[str, event.Event]
"""Events by their ids."""


def plan_events(calls: Iterable[PlannedCall], seed: int) -> Events:
    """Return the events of a load that begins with empty tables, from plan and seed alone.

    A call ends before the next begins, and its requests are all alike. So its events have the next
    indices of its route, whichever connection draws which index.
    """
    drawn: Counter[str] = Counter()
    events: Events = {}
    for call in calls:
        argument = _argument(call)
        for _ in range(call.requests):
            planned = event.create_event(
                seed, route.ROUTES[call.route], drawn[call.route], argument
            )
            events[planned["event_id"]] = planned
            drawn[call.route] += 1
    return events


def recreate_begun(ledger: Ledger, seed: int) -> Events:
    """Recreate every event that the app began, from the ledger and the seed."""
    return {
        event_id: event.recreate_event(seed, event_id, argument)
        for event_id, argument in ledger.began.items()
    }


def select_due(begun: Events, ledger: Ledger, stored: Collection[str | None]) -> Events:
    """Return the events that the tables must hold; `stored` are the ids in their files.

    These are the accepted events, lost ones too, and the events in doubt that were stored. A
    refused event, or an event that was never begun, is unexpected and in no answer.
    """
    ids = ledger.accepted | ledger.in_doubt.intersection(stored)
    return {event_id: begun[event_id] for event_id in ids}


def check(planned: Events | None, begun: Events, ledger: Ledger) -> Check:
    """Check that exactly the planned events were accepted.

    It is not run if `planned` is None: somebody else sent a part of the load.
    """
    name = "events planned or accepted, and not both"
    if planned is None:
        return Check(name=name, status="not_run", expected="not known", actual="not known")
    accepted = {event_id: begun[event_id] for event_id in ledger.accepted}
    ids = planned.keys() | accepted.keys()
    differing = sorted(key for key in ids if planned.get(key) != accepted.get(key))
    return checks.create_check(name, "0", checks.format_list(differing))


def _argument(call: PlannedCall) -> str | None:
    """Return the call's query parameter as the app reads it, None for a route without one."""
    parameter = route.ROUTES[call.route].argument
    return None if parameter is None else parse_qs(urlsplit(call.path).query)[parameter][0]
