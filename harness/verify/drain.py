"""The drain: the wait until Presto returns all that Kafka has."""

import time
from collections import Counter
from collections.abc import Callable, Iterator

from harness.errors import InvalidRun
from harness.verify import commits, offsets, presto_queries

POLL_S = 0.05


def drain(
    expected: Callable[[], int],
    topic: offsets.TopicOffsets,
    log: commits.CommitLogReader,
    presto: presto_queries.PrestoQueries,
    deadline_s: float,
    watch: Callable[[str], None],
) -> float:
    """Wait, and return the moment at which Presto had returned all rows, by time.monotonic.

    `expected` returns the number of messages that must come to Kafka: the ledger's accepted events
    that the producer did not lose. `watch` receives, about every 50 ms, a text of what is awaited;
    an exception that it raises ends the drain. Raises InvalidRun with that text after `deadline_s`,
    and ServiceFailed when a service does not answer.

    Kafka and the commit log are asked first, which costs next to nothing. Presto is asked once
    every message is committed, and must then have no fewer rows than the log in any table. More
    rows than that are left to the count ladder: waiting would not remove them.
    """
    deadline = time.monotonic() + deadline_s
    for awaited in _steps(expected, topic, log, presto):
        if time.monotonic() >= deadline:
            raise InvalidRun(f"The drain did not end within {deadline_s:g} s.", why=awaited)
        watch(awaited)
        time.sleep(POLL_S)
    return time.monotonic()


def _steps(
    expected: Callable[[], int],
    topic: offsets.TopicOffsets,
    log: commits.CommitLogReader,
    presto: presto_queries.PrestoQueries,
) -> Iterator[str]:
    """Yield a text of what is awaited, until nothing is."""
    while (arrived := topic.messages()) < (events := expected()):
        yield f"Kafka has {arrived:,} of {events:,} accepted events"
    while left := _uncommitted(topic, log):
        yield f"{left:,} messages of Kafka are not committed"
    committed = log.count_rows()
    while behind := committed - Counter(presto.count_rows()):
        yield f"Presto has {behind.total():,} of {committed.total():,} committed rows yet to return"


def _uncommitted(topic: offsets.TopicOffsets, log: commits.CommitLogReader) -> int:
    """Count the messages of the topic that are not in the commit log."""
    log.refresh()
    following = log.next_offsets()
    return sum(
        max(0, extent.end - following.get(partition, extent.begin))
        for partition, extent in topic.offsets().items()
    )
