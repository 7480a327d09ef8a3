"""What became of a fault run: what was promised, and how long the pipeline took to recover."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from harness.faults.injection import Injection
from harness.load.result import LoadResult, RequestResult
from harness.record.models import Check, Counts, ServiceRestart
from harness.verify.checks import check

ANSWERED_WITHIN_S = 2.0
"""The app's promise: a 200 or a 503 by then."""

PAUSE_S = 3.0
"""Commits so far apart are an interruption: with a trigger each second it is 1 to 1.5 s."""


def answers(sent: LoadResult) -> tuple[Check, ...]:
    """That whoever asked in the outage was told so in time, or refused a connection."""
    outcomes = sent.load.outcomes
    assert outcomes is not None
    late = [
        one for one in sent.results if one.outcome == "503" and _took_s(one) > ANSWERED_WITHIN_S
    ]
    return (
        check(f"answers with 503 after more than {ANSWERED_WITHIN_S:g} s", "0", f"{len(late):,}"),
        check("answers with another status than 200 or 503", "0", f"{outcomes.answered_other:,}"),
        check("requests that hung", "0", f"{outcomes.timed_out:,}"),
        check("requests that were never ended", "0", f"{outcomes.unfinished:,}"),
    )


def came_about(injection: Injection, restarts: Sequence[ServiceRestart]) -> tuple[Check, ...]:
    """That the fault came about, and ended the service that it is to end."""
    name, ends = "the fault came about, and ended", injection.fault.ends or "nothing for certain"
    if injection.injected is None:
        return (check(name, ends, "it did not come about"),)
    ended = {restart.service for restart in restarts}
    found = ends if injection.fault.ends in {None, *ended} else "nothing"
    return (check(name, ends, found),)


def arrived(counts: Counts) -> int:
    """How many events in doubt are in Presto: what is left of its rows, by the count ladder."""
    return counts.presto - counts.duplicate - counts.unexpected - (counts.accepted - counts.missing)


def slowest_503_s(results: Iterable[RequestResult]) -> float | None:
    """How long the slowest answer with 503 took; null where there was none."""
    return max((_took_s(one) for one in results if one.outcome == "503"), default=None)


def recovery_s(
    injected: float,
    ready: Iterable[float],
    results: Iterable[RequestResult],
    commits: Sequence[float],
) -> float:
    """Seconds from a fault until nothing was to be seen of it any more; 0 where nothing was.

    That is when the last service that was started again was ready, when the first request after
    the last that failed was accepted, and when the last pause between two commits ended, whichever
    came last. All times are readings of time.monotonic: `ready` of services, `commits` in order.
    """
    moments = [*ready, *_accepting(injected, results), *_committing(injected, commits)]
    return max((moment - injected for moment in moments), default=0.0)


def _accepting(injected: float, results: Iterable[RequestResult]) -> Iterator[float]:
    """The first acceptance after the last failure, if there was one; else that failure."""
    after = sorted((one.ended, one.outcome) for one in results if one.ended > injected)
    failed = [ended for ended, outcome in after if outcome != "200"]
    if failed:
        yield next((end for end, how in after if how == "200" and end > failed[-1]), failed[-1])


def _committing(injected: float, commits: Sequence[float]) -> Iterator[float]:
    """The end of each pause that lasted on or began after the fault."""
    for before, after in itertools.pairwise(commits):
        if after > injected and after - before > PAUSE_S:
            yield after


def _took_s(result: RequestResult) -> float:
    return result.ended - result.begun
