"""The queries that verify a run, asked of Presto."""

from pathlib import Path

from harness.engines.presto_client import PrestoClient, PrestoServer
from harness.record.models import Answer
from harness.verify.count_ladder import StoredRow


class PrestoQueries:
    """The queries of the folder `sql`, asked of one coordinator.

    Each method raises ServiceFailed, with Presto's own message, when a query fails.
    """

    def __init__(self, server: PrestoServer, sql: Path) -> None:
        self._client = PrestoClient(server)
        self._sql = sql

    def count_rows(self) -> dict[str, int]:
        """Count the rows of each of the three tables."""
        _, rows = self._client.run(self._sql / "verify" / "rows_by_table.sql")
        return {str(table): int(str(count)) for table, count in rows}

    def fetch_rows(self) -> list[StoredRow]:
        """Return type and id of every row of the two tables of events."""
        _, rows = self._client.run(self._sql / "verify" / "event_ids.sql")
        return [StoredRow(*row) for row in rows]

    def fetch_answers(self) -> list[Answer]:
        """Return the answers to the report's queries, in the order of their names."""
        return [self._fetch_answer(path) for path in sorted((self._sql / "report").glob("*.sql"))]

    def _fetch_answer(self, path: Path) -> Answer:
        columns, rows = self._client.run(path)
        texts = tuple(tuple(map(_format, row)) for row in rows)
        return Answer(query=path.stem, columns=columns, rows=texts)


def _format(value: object) -> str | None:
    """Return a value as Presto's JSON has it."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
