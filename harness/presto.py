"""Presto, asked as any client asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from pyhive import presto
from pyhive.exc import Error

from harness.errors import ServiceFailed

POLL_S = 0.02
TIMEOUT_S = 30


class Client:
    """The coordinator at `address`, `host:port`."""

    def __init__(self, address: str, user: str) -> None:
        host, _, port = address.rpartition(":")
        self._connection = presto.connect(
            host,
            port=int(port),
            username=user,
            # PyHive sleeps so long between two questions; its default is a second.
            poll_interval=POLL_S,
            requests_session=requests.Session(),
            requests_kwargs={"timeout": TIMEOUT_S},
        )

    def run(self, path: Path) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Runs the statement in a file; returns the names of its columns, and its rows.

        Raises ServiceFailed with Presto's own message when it fails.
        """
        # Clients end a statement at its semicolon; the server takes it for a mistake.
        statement = path.read_text(encoding="utf-8").rstrip().removesuffix(";")
        cursor = self._connection.cursor()
        try:
            cursor.execute(statement)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return tuple(column[0] for column in cursor.description or ()), rows
        except (Error, requests.RequestException) as error:
            why = error.args[0]["message"] if isinstance(error.args[0], dict) else str(error)
            raise ServiceFailed(f"Presto does not answer {path.name}.", why=why) from error
