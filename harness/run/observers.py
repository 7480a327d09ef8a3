"""The observers of one cluster: each tells which events have come to its place."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app import event, ledger
from contract.tables import DEAD_LETTERS
from harness.cluster.addresses import Addresses
from harness.errors import InvalidRun, ServiceFailed
from harness.load.result import LoadResult
from harness.monitor.series import Flow
from harness.record.models import Answer, Check, Counts
from harness.verify import (
    commits,
    contents,
    count_ladder,
    expected_answers,
    expected_events,
    offsets,
    parquet,
    presto_queries,
)
from harness.verify.drain import drain

KAFKA_TIMEOUT_S = 10
GLANCE_S = 0.25
"""How long Kafka may take to answer a sample of the series."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The events of a load, reconciled among all observers.

    The answers to the queries must follow from the events that are `due`. `parquet_bytes` is the
    size of the files of the two tables of events.
    """

    counts: Counts
    checks: tuple[Check, ...]
    committed: parquet.CommittedLatency
    parquet_bytes: int
    due: tuple[event.Event, ...]


class Observers:
    """The app's ledger, Kafka's topic, the files on HDFS and their commit log, and Presto.

    All events were made with `seed`.
    """

    def __init__(self, addresses: Addresses, sql: Path, seed: int) -> None:
        self.seed = seed
        self.addresses = addresses
        self.tally = ledger.LedgerTail(addresses.ledger)
        client = addresses.create_kafka_client(KAFKA_TIMEOUT_S)
        self.topic = offsets.TopicOffsets(client, addresses.topic)
        self.hdfs = addresses.filesystem.client()
        self.commits = commits.CommitLogReader(self.hdfs)
        self.presto = presto_queries.PrestoQueries(addresses.presto, sql)

    def read_ledger(self) -> ledger.Ledger:
        """Return the events that the app began and accepted.

        Raises InvalidRun where the ledger cannot be read.
        """
        try:
            return ledger.read(self.addresses.ledger)
        except ledger.LedgerError as error:
            raise InvalidRun("The ledger cannot be read.", why=str(error)) from error

    def drain(self, deadline_s: float, watch: Callable[[str], None]) -> float:
        """Wait until Presto returns every accepted event; return that moment by time.monotonic."""
        return drain(self._expected, self.topic, self.commits, self.presto, deadline_s, watch)

    def _expected(self) -> int:
        self.tally.refresh()
        return self.tally.accepted - self.tally.lost

    def reconcile(
        self, load: LoadResult | None, planned: expected_events.Events | None
    ) -> Verified:
        """Reconcile the counts of all observers, and read the rows and committed latencies.

        `load` is None where somebody else sent the load. `planned` are the events of a bench into
        empty tables: they are due. Without it, the ledger tells which events are due.
        """
        self.commits.refresh()
        files = parquet.read(self.hdfs)
        committed = parquet.measure_latency(files, self.commits.committed_ms())
        observed = count_ladder.Observed(
            sent=None if load is None else load.count_by_type(),
            failed=0 if load is None else load.record.requests - load.record.succeeded,
            ledger=self.read_ledger(),
            kafka=self.topic.messages(),
            parquet=parquet.list_rows(files),
            messages=parquet.count_messages(files),
            presto=self.presto.fetch_rows(),
            presto_dead_letters=self.presto.count_rows()[DEAD_LETTERS],
            undated=committed.unknown,
        )
        reconciled = count_ladder.reconcile(observed, judge_load=planned is not None)
        begun = expected_events.recreate_begun(observed.ledger, self.seed)
        due = planned
        if due is None:
            due = expected_events.select_due(
                begun, observed.ledger, {row.event_id for row in observed.parquet}
            )
        return Verified(
            counts=reconciled.counts,
            checks=(
                expected_events.check(planned, begun, observed.ledger),
                *reconciled.checks,
                contents.check(files, begun),
            ),
            committed=committed,
            parquet_bytes=parquet.sum_event_bytes(files),
            due=tuple(due.values()),
        )

    def compare_answers(self, due: Iterable[event.Event]) -> list[Answer]:
        """Return Presto's answers to the report's queries, compared with those of the events."""
        return expected_answers.compare(self.presto.fetch_answers(), tuple(due))

    def read_commits(self) -> list[tuple[int, int]] | None:
        """Return the Unix time in milliseconds and the rows of each commit.

        Returns None where the commit log cannot be read.
        """
        try:
            self.commits.refresh()
        except (InvalidRun, ServiceFailed):
            return None
        return self.commits.rows_in_time()

    def create_flow_reader(self) -> Callable[[], Flow]:
        """Return a function that tells how far the events have come.

        It has readers of its own, and may be called from another thread.
        """
        tally = ledger.LedgerTail(self.addresses.ledger)
        client = self.addresses.create_kafka_client(GLANCE_S)
        topic = offsets.TopicOffsets(client, self.addresses.topic)
        # Once, while there is time: no sample could wait for the handshakes of a broker far away.
        with contextlib.suppress(ServiceFailed):
            client.connect(KAFKA_TIMEOUT_S)

        def flow() -> Flow:
            tally.refresh()
            try:
                kafka_end = topic.end()
            except ServiceFailed:
                kafka_end = None
            return Flow(tally.accepted, kafka_end)

        return flow

    def check_empty(self) -> None:
        """Raise ServiceFailed where an observer still holds an event, naming it."""
        held = {
            "the ledger": len(self.read_ledger().began),
            "the Kafka topic": self.topic.messages(),
            "the tables' files": sum(len(file.data) for file in parquet.read(self.hdfs)),
            "Presto": sum(self.presto.count_rows().values()),
        }
        left = [f"{place} holds {count:,} events" for place, count in held.items() if count]
        if left:
            raise ServiceFailed(
                "The cluster is not empty before the run.",
                why="; ".join(left),
                do="stop whoever else writes to it, then start anew: make down",
            )
