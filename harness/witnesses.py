"""Who is asked for each rung of the count ladder, on one cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app import ledger
from app.ledger import Ledger, LedgerError
from harness.cluster.addresses import Addresses
from harness.errors import InvalidRun, ServiceFailed
from harness.load.sequence import Sent
from harness.verify import ladder, parquet, tables
from harness.verify.commits import CommitLog
from harness.verify.drain import drain
from harness.verify.kafka import Topic
from harness.verify.ladder import Ladder, Rungs
from harness.verify.parquet import Committed
from harness.verify.presto import Presto
from harness.webhdfs import WebHdfs


@dataclass(frozen=True, slots=True)
class Climbed:
    """The count ladder, the committed latencies, and what the files of events take on HDFS."""

    ladder: Ladder
    committed: Committed
    parquet_bytes: int


class Witnesses:
    """The app's ledger, Kafka's topic, the files on HDFS and their commit log, and Presto."""

    def __init__(self, addresses: Addresses, sql: Path) -> None:
        self.folder = addresses.ledger
        self.topic = Topic(addresses.kafka, addresses.topic)
        self.hdfs = WebHdfs(addresses.webhdfs, addresses.user)
        self.commits = CommitLog(self.hdfs)
        self.presto = Presto(addresses.presto, addresses.user, sql)

    def ledger(self) -> Ledger:
        """What the app began and accepted; raises InvalidRun where that cannot be counted on."""
        try:
            return ledger.read(self.folder)
        except LedgerError as error:
            raise InvalidRun("The ledger cannot be read.", why=str(error)) from error

    def drain(self, deadline_s: float, watch: Callable[[str], None]) -> float:
        """Waits until Presto returns all that was accepted; the moment it did (monotonic)."""
        return drain(self._expected, self.topic, self.commits, self.presto, deadline_s, watch)

    def _expected(self) -> int:
        ledger = self.ledger()
        return len(ledger.accepted - ledger.lost)

    def climb(self, sent: Sent | None, bench: bool) -> Climbed:
        """The count ladder and what the files tell; `sent` where the load was ours."""
        self.commits.refresh()
        files = parquet.read(self.hdfs)
        rungs = Rungs(
            sent=None if sent is None else sent.by_type(),
            failed=0 if sent is None else sent.load.requests - sent.load.succeeded,
            ledger=self.ledger(),
            kafka=self.topic.messages(),
            parquet=parquet.rows(files),
            messages=parquet.messages(files),
            presto=self.presto.rows(),
            presto_dead_letters=self.presto.rows_by_table()[tables.DEAD_LETTERS],
        )
        return Climbed(
            ladder=ladder.climb(rungs, bench),
            committed=parquet.committed(files, self.commits.committed_ms()),
            parquet_bytes=parquet.events_bytes(files),
        )

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
