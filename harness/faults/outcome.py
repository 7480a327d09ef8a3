"""The outcome of a fault run: the promises of the app, and the time to recover."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from harness.faults.injection import InjectionTimes
from harness.load.result import LoadResult, RequestResult
from harness.record.models import Check, Counts, ServiceRestart
from harness.verify.checks import create_check

ANSWERED_WITHIN_S = 2.0
"""The app's promise: a 200 or a 503 by then."""

PAUSE_S = 3.0
"""Commits so far apart are an interruption: with a trigger each second it is 1 to 1.5 s."""


def check_answers(load: LoadResult) -> tuple[Check, ...]:
    """Check that each request in the outage was answered in time or refused a connection."""
    outcomes = load.record.outcomes
    assert outcomes is not None
    late = [
        result
        for result in load.results
        if result.outcome == "503" and _took_s(result) > ANSWERED_WITHIN_S
    ]
    return (
        create_check(
            f"answers with 503 after more than {ANSWERED_WITHIN_S:g} s", "0", f"{len(late):,}"
        ),
        create_check(
            "answers with another status than 200 or 503", "0", f"{outcomes.answered_other:,}"
        ),
        create_check("requests that hung", "0", f"{outcomes.timed_out:,}"),
        create_check("requests that were never ended", "0", f"{outcomes.unfinished:,}"),
    )


def check_came_about(broken: InjectionTimes, restarts: Sequence[ServiceRestart]) -> Check:
    """Check that the fault was injected, and ended the service that it is to end."""
    name, ends = "the fault came about, and ended", broken.fault.ends or "nothing for certain"
    if broken.injected is None:
        return create_check(name, ends, "it did not come about")
    ended = {restart.service for restart in restarts}
    return create_check(name, ends, ends if broken.fault.ends in {None, *ended} else "nothing")


def arrived(counts: Counts) -> int:
    """Return how many events in doubt are in Presto, from the other counts of the ladder."""
    return counts.presto - counts.duplicate - counts.unexpected - (counts.accepted - counts.missing)


def slowest_503_s(results: Iterable[RequestResult]) -> float | None:
    """Return how long the slowest answer with 503 took; None where there was none."""
    return max((_took_s(result) for result in results if result.outcome == "503"), default=None)


def recovery_s(
    injected: float,
    ready: Iterable[float],
    results: Iterable[RequestResult],
    commits: Sequence[float],
) -> float:
    """Return the seconds from a fault until its last effect ended; 0 where it had none.

    The last effect ended when the last service that was started again was ready, when the first
    request after the last that failed was accepted, or when the last pause between two commits
    ended, whichever came last. All times are readings of time.monotonic: `ready` of services,
    `commits` in order.
    """
    moments = [*ready, *_accepting(injected, results), *_committing(injected, commits)]
    return max((moment - injected for moment in moments), default=0.0)


def _accepting(injected: float, results: Iterable[RequestResult]) -> Iterator[float]:
    """Yield the first acceptance after the last failure; without one, that failure."""
    after = sorted((result.ended, result.outcome) for result in results if result.ended > injected)
    failed = [ended for ended, outcome in after if outcome != "200"]
    if failed:
        yield next((end for end, how in after if how == "200" and end > failed[-1]), failed[-1])


def _committing(injected: float, commits: Sequence[float]) -> Iterator[float]:
    """Yield the end of each pause that lasted on or began after the fault."""
    for before, after in itertools.pairwise(commits):
        if after > injected and after - before > PAUSE_S:
            yield after


def _took_s(result: RequestResult) -> float:
    return result.ended - result.begun
