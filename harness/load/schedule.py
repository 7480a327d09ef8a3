"""The schedule: the plan's requests interleaved by seed, and when each of them is due.

It goes to the load tool as a file of tab-separated lines, one a request.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from random import Random

from harness.config.load_plan import PlannedCall


@dataclass(frozen=True, slots=True)
class ScheduledRequest:
    """One GET of a call; `due_s` is in seconds from the start, None where it is due at any time."""

    call: PlannedCall
    due_s: float | None


def interleave(
    calls: Sequence[PlannedCall], seed: int, rate_per_s: float | None
) -> tuple[ScheduledRequest, ...]:
    """Return each call as many times as the plan has it, in the order of their begins.

    Routes follow each other at random, every order being as likely. What an event holds depends on
    how many of its route came before, so the calls of one route keep the plan's order: then the
    events are those of the plan, one call after another.

    At a rate, requests are due as in a Poisson process, which is how independent users come: given
    their number, its arrival times are independent and uniform (Ross, Introduction to Probability
    Models, section 5.3.5). Without one they are due as soon as a connection is free.
    """
    # Of all draws, Python promises those of random() alone to stay the same in later versions.
    draw = Random(seed)
    routes = [call.route for call in calls for _ in range(call.requests)]
    routes.sort(key=lambda _: draw.random())
    span_s = len(routes) / rate_per_s if rate_per_s else 0.0
    due = sorted(draw.random() * span_s for _ in routes)
    next_of = {route: _in_turn(calls, route) for route in set(routes)}
    return tuple(
        ScheduledRequest(next(next_of[route]), due_s if rate_per_s else None)
        for route, due_s in zip(routes, due, strict=True)
    )


def write_schedule(path: Path, requests: Iterable[ScheduledRequest]) -> None:
    """Write a line a request: when it is due (seconds or empty), its route, its path."""
    with path.open("w", encoding="utf-8") as file:
        for request in requests:
            due = "" if request.due_s is None else f"{request.due_s:.6f}"
            file.write(f"{due}\t{request.call.route}\t{request.call.path}\n")


def _in_turn(calls: Iterable[PlannedCall], route: str) -> Iterator[PlannedCall]:
    return chain.from_iterable(repeat(call, call.requests) for call in calls if call.route == route)
