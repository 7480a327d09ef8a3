"""The rows and answers that Presto returns."""

from __future__ import annotations

from pathlib import Path

from harness.engines.presto_client import Client, Server
from harness.record.models import Answer
from harness.verify.rows import StoredRow


class Presto:
    """A coordinator; queries are those of the folder `sql`.

    Every query raises ServiceFailed, with Presto's own message, when it fails.
    """

    def __init__(self, server: Server, sql: Path) -> None:
        self._client = Client(server)
        self._sql = sql

    def rows_by_table(self) -> dict[str, int]:
        """How many rows each of the three tables has."""
        _, rows = self._client.run(self._sql / "verify" / "rows_by_table.sql")
        return {str(table): int(str(count)) for table, count in rows}

    def rows(self) -> list[StoredRow]:
        """Type and id of every row of the two tables of events."""
        _, rows = self._client.run(self._sql / "verify" / "event_ids.sql")
        return [StoredRow(*row) for row in rows]

    def answers(self) -> list[Answer]:
        """The report's queries, in the order of their names, and what Presto says."""
        return [self._answer(path) for path in sorted((self._sql / "report").glob("*.sql"))]

    def _answer(self, path: Path) -> Answer:
        columns, rows = self._client.run(path)
        texts = tuple(tuple(map(_text, row)) for row in rows)
        return Answer(query=path.stem, columns=columns, rows=texts)


def _text(value: object) -> str | None:
    """A value as Presto's JSON has it."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
