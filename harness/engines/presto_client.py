"""Presto or Trino, through the client that anybody may use: PyHive."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import requests
from pyhive import presto, trino
from pyhive.exc import Error

from harness.errors import ServiceFailed

POLL_S = 0.02
CONNECT_S = 5
TIMEOUT_S = 30
DIALECTS = {"presto": presto, "trino": trino}


@dataclass(frozen=True)
class PrestoServer:
    """A coordinator at `address`, `host:port`, with the user and the schema of the statements.

    It is reached over HTTPS where `secure`. `ca` is a PEM file of the authorities that vouch for
    it; None means the authorities that Python knows. `patience` extends each request's deadline.
    """

    address: str
    user: str
    secure: bool = False
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    engine: Literal["presto", "trino"] = "presto"
    catalog: str = "hive"
    schema: str = "default"
    patience: float = 1.0

    @property
    def url(self) -> str:
        """Return the coordinator's URL."""
        return f"{'https' if self.secure else 'http'}://{self.address}"


class PrestoClient:
    """Sends statements to a coordinator, each on connections of one session."""

    def __init__(self, server: PrestoServer) -> None:
        host, _, port = server.address.rpartition(":")
        session = requests.Session()
        # Hours are read in UTC, whatever the server's own zone.
        session.headers[f"X-{server.engine.title()}-Time-Zone"] = "UTC"
        self._connection = DIALECTS[server.engine].connect(
            host,
            port=int(port),
            protocol="https" if server.secure else "http",
            username=server.user,
            password=server.password,
            catalog=server.catalog,
            schema=server.schema,
            # More columns may follow, and files need not have them in the tables' order.
            session_props={f"{server.catalog}.parquet_use_column_names": "true"},
            # PyHive sleeps so long between two questions; its default is a second.
            poll_interval=POLL_S,
            requests_session=session,
            requests_kwargs={
                "timeout": (CONNECT_S * server.patience, TIMEOUT_S * server.patience),
                "verify": server.ca or True,
            },
        )

    def run(self, path: Path) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run the statement in a file; return the names of its columns, and its rows.

        Raises ServiceFailed with Presto's own message where the statement fails.
        """
        return self.execute(path.read_text(encoding="utf-8"), path.name)

    def execute(self, text: str, name: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a statement as `run` does; an error calls it `name`."""
        # Clients end a statement at its semicolon; the server takes it for a mistake.
        statement = text.rstrip().removesuffix(";")
        cursor = self._connection.cursor()
        try:
            cursor.execute(statement)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return tuple(column[0] for column in cursor.description or ()), rows
        # Of requests, a file of authorities that is not there is no RequestException.
        except (Error, OSError) as error:
            why = error.args[0]["message"] if isinstance(error.args[0], dict) else str(error)
            raise ServiceFailed(f"Presto does not answer {name}.", why=why) from error
