"""The drain: waits until Presto returns all that Kafka has."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

from harness.errors import InvalidRun
from harness.verify.commits import CommitLog
from harness.verify.offsets import Topic
from harness.verify.queryable import Presto

POLL_S = 0.05


def drain(
    expected: Callable[[], int],
    topic: Topic,
    log: CommitLog,
    presto: Presto,
    deadline_s: float,
    watch: Callable[[str], None],
) -> float:
    """Waits, and returns the moment at which Presto had returned them all, by time.monotonic.

    `expected` tells how many messages must have come to Kafka: the ledger's accepted events that
    the producer did not lose. `watch` is told what is being waited for, about every 50 ms; what
    it raises ends the drain. Raises InvalidRun saying what was waited for after `deadline_s`
    seconds, and ServiceFailed when a service does not answer.

    Kafka and the commit log are asked first, as they cost next to nothing; Presto is asked once
    every message is committed, and must then have no fewer rows than the log in any table. Rows
    too many are for the ladder to find: waiting would not mend them.
    """
    deadline = time.monotonic() + deadline_s
    for awaited in _steps(expected, topic, log, presto):
        if time.monotonic() >= deadline:
            raise InvalidRun(f"The drain did not end within {deadline_s:g} s.", why=awaited)
        watch(awaited)
        time.sleep(POLL_S)
    return time.monotonic()


def _steps(
    expected: Callable[[], int], topic: Topic, log: CommitLog, presto: Presto
) -> Iterator[str]:
    """What is still waited for; ends when nothing is."""
    while (arrived := topic.messages()) < (events := expected()):
        yield f"Kafka has {arrived:,} of {events:,} accepted events"
    while left := _uncommitted(topic, log):
        yield f"{left:,} messages of Kafka are not committed"
    committed = log.rows()
    while behind := committed - Counter(presto.rows_by_table()):
        yield f"Presto has {behind.total():,} of {committed.total():,} committed rows yet to return"


def _uncommitted(topic: Topic, log: CommitLog) -> int:
    """How many messages of the topic are not in the commit log."""
    log.refresh()
    following = log.next_offsets()
    return sum(
        max(0, extent.end - following.get(partition, extent.begin))
        for partition, extent in topic.offsets().items()
    )
