"""Who is asked for each rung of the count ladder, on one cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app import ledger
from app.event import Event
from app.ledger import Ledger, LedgerError, Tally
from contract.tables import DEAD_LETTERS
from harness.cluster.addresses import Addresses
from harness.errors import InvalidRun, ServiceFailed
from harness.load.result import LoadResult
from harness.monitor.series import Flow
from harness.record.models import Answer, Check, Counts
from harness.verify import answers, contents, expected, ladder, offsets, parquet
from harness.verify.commits import CommitLog
from harness.verify.drain import drain
from harness.verify.expected import Events
from harness.verify.ladder import Rungs
from harness.verify.offsets import Topic
from harness.verify.parquet import Committed
from harness.verify.queryable import Presto

GLANCE_S = 0.25
"""How long Kafka may take to answer when nothing depends on it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the witnesses say of a load; the answers must be those that follow from `due`.

    `parquet_bytes` is the size of the files of the two tables of events.
    """

    counts: Counts
    checks: tuple[Check, ...]
    committed: Committed
    parquet_bytes: int
    due: tuple[Event, ...]


class Witnesses:
    """The app's ledger, Kafka's topic, the files on HDFS and their commit log, and Presto.

    `seed` is the one that all events were made with.
    """

    def __init__(self, addresses: Addresses, sql: Path, seed: int) -> None:
        self.seed = seed
        self.addresses = addresses
        self.tally = Tally(addresses.ledger)
        self.topic = self._topic()
        self.hdfs = addresses.filesystem.client()
        self.commits = CommitLog(self.hdfs)
        self.presto = Presto(addresses.presto, sql)

    def _topic(self, timeout_s: float = offsets.TIMEOUT_S) -> Topic:
        to = self.addresses
        return Topic(to.kafka, to.topic, timeout_s, to.kafka_settings)

    def ledger(self) -> Ledger:
        """What the app began and accepted; raises InvalidRun where that cannot be counted on."""
        try:
            return ledger.read(self.addresses.ledger)
        except LedgerError as error:
            raise InvalidRun("The ledger cannot be read.", why=str(error)) from error

    def drain(self, deadline_s: float, watch: Callable[[str], None]) -> float:
        """Waits until Presto returns all that was accepted; the moment it did (monotonic)."""
        return drain(self._expected, self.topic, self.commits, self.presto, deadline_s, watch)

    def _expected(self) -> int:
        self.tally.refresh()
        return self.tally.accepted - self.tally.lost

    def climb(self, sent: LoadResult | None, planned: Events | None) -> Found:
        """The count ladder, what the rows hold, and the committed latencies.

        `sent` is given where the load was ours, and `planned` where it was a bench, which the
        tables hold alone: then the plan says which events are due, and the ledger otherwise.
        """
        self.commits.refresh()
        files = parquet.read(self.hdfs)
        committed = parquet.committed(files, self.commits.committed_ms())
        rungs = Rungs(
            sent=None if sent is None else sent.by_type(),
            failed=0 if sent is None else sent.load.requests - sent.load.succeeded,
            ledger=self.ledger(),
            kafka=self.topic.messages(),
            parquet=parquet.rows(files),
            messages=parquet.messages(files),
            presto=self.presto.rows(),
            presto_dead_letters=self.presto.rows_by_table()[DEAD_LETTERS],
            undated=committed.unknown,
        )
        climbed = ladder.climb(rungs, bench=planned is not None)
        begun = expected.begun(rungs.ledger, self.seed)
        due = planned
        if due is None:
            due = expected.due(begun, rungs.ledger, {row.event_id for row in rungs.parquet})
        return Found(
            counts=climbed.counts,
            checks=(
                expected.check(planned, begun, rungs.ledger),
                *climbed.checks,
                contents.check(files, begun),
            ),
            committed=committed,
            parquet_bytes=parquet.events_bytes(files),
            due=tuple(due.values()),
        )

    def answers(self, due: Iterable[Event]) -> list[Answer]:
        """What Presto answers to the report's queries, beside what follows from the events."""
        return answers.compare(self.presto.answers(), tuple(due))

    def committed_rows(self) -> list[tuple[int, int]] | None:
        """When rows were committed, and how many; null where the commit log cannot be read."""
        try:
            self.commits.refresh()
        except (InvalidRun, ServiceFailed):
            return None
        return self.commits.rows_in_time()

    def follow(self) -> Callable[[], Flow]:
        """Tells, whenever it is called, how far the events have come; with readers of its own."""
        tally = Tally(self.addresses.ledger)
        topic = self._topic(GLANCE_S)

        def flow() -> Flow:
            tally.refresh()
            try:
                kafka_end = topic.end()
            except ServiceFailed:
                kafka_end = None
            return Flow(tally.accepted, kafka_end)

        return flow

    def check_empty(self) -> None:
        """Raises ServiceFailed naming what still holds an event."""
        held = {
            "the ledger": len(self.ledger().began),
            "the Kafka topic": self.topic.messages(),
            "the tables' files": sum(len(file.data) for file in parquet.read(self.hdfs)),
            "Presto": sum(self.presto.rows_by_table().values()),
        }
        left = [f"{place} holds {count:,} events" for place, count in held.items() if count]
        if left:
            raise ServiceFailed(
                "The cluster is not empty before the run.",
                why="; ".join(left),
                do="make sure that nobody else writes to it; `make down` and begin anew",
            )
