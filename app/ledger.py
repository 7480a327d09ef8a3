"""The ledger: the events that were begun and accepted, on disk, apart from Kafka and Presto."""

import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import orjson


class LedgerWriter:
    """One worker's ledger file; safe for its threads.

    Each line is one write to a file opened for appending: it survives the death of the process,
    and no line is mixed with another. Raises OSError when a line could not be written whole.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / f"{os.getpid()}-{time.time_ns()}.log"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)

    def write_began(self, event_id: str, argument: str | None) -> None:
        """Record that the event is about to be given to the producer."""
        self._write(b"began\t%b\t%b\n" % (event_id.encode(), orjson.dumps(argument)))

    def write_accepted(self, event_id: str) -> None:
        """Record that the app is about to answer 200."""
        self._write(b"accepted\t%b\n" % event_id.encode())

    def write_refused(self, event_id: str) -> None:
        """Record that the event never left the app, which is about to answer 503."""
        self._write(b"refused\t%b\n" % event_id.encode())

    def write_lost(self, event_id: str) -> None:
        """Record that the event's delivery failed after the app had answered 200."""
        self._write(b"lost\t%b\n" % event_id.encode())

    def _write(self, line: bytes) -> None:
        if os.write(self._file, line) != len(line):
            raise OSError("a line of the ledger was cut short")


class LedgerError(ValueError):
    """A ledger with a line that no worker writes: its counts cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The lines of all workers; `began` maps each event id to the argument of its request.

    `torn` counts last lines cut off by the death of their worker.
    """

    began: dict[str, str | None] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    torn: int = 0

    @property
    def in_doubt(self) -> set[str]:
        """Return the events that were begun and neither accepted nor refused."""
        return self.began.keys() - self.accepted - self.refused


def read(folder: Path) -> Ledger:
    """Read the ledger of all workers in `folder`; empty if none has written.

    Raises LedgerError for a line that no worker writes, for an event that was begun twice or ended
    twice in the same way, and for an event that was never begun.
    """
    ledger = Ledger()
    torn = 0
    for path in sorted(folder.glob("*.log")):
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    torn += 1
                    break
                try:
                    _enter(ledger, line)
                except ValueError as error:
                    raise LedgerError(f"{path.name}, line {number}: {line!r}: {error}") from error
    if strange := (ledger.accepted | ledger.refused | ledger.lost) - ledger.began.keys():
        raise LedgerError(f"{min(strange)} was never begun")
    return replace(ledger, torn=torn)


class LedgerTail:
    """The numbers of events accepted and lost so far; reads only the lines that were added.

    It counts lines without the checks of `read`, at a hundredth of the cost. A file that is gone
    is forgotten.
    """

    def __init__(self, folder: Path) -> None:
        self.accepted = 0
        self.lost = 0
        self._folder = folder
        self._counted: dict[Path, _Counted] = {}

    def refresh(self) -> None:
        """Count the lines that were added."""
        paths = self._folder.glob("*.log")
        self._counted = {path: self._counted.get(path, _Counted()).on(path) for path in paths}
        self.accepted = sum(counted.accepted for counted in self._counted.values())
        self.lost = sum(counted.lost for counted in self._counted.values())


@dataclass(frozen=True, slots=True)
class _Counted:
    """The lines of one file up to `end`, where a line begins."""

    end: int = 0
    accepted: int = 0
    lost: int = 0

    def on(self, path: Path) -> Self:
        """Count to the last whole line."""
        with path.open("rb") as file:
            file.seek(self.end)
            added = file.read()
        lines = b"\n" + added[: added.rfind(b"\n") + 1]
        return type(self)(
            self.end + len(lines) - 1,
            self.accepted + lines.count(b"\naccepted\t"),
            self.lost + lines.count(b"\nlost\t"),
        )


def _enter(ledger: Ledger, line: bytes) -> None:
    """Enter a line into the ledger; raise ValueError for a line that no worker writes."""
    match line[:-1].decode().split("\t"):
        case ["began", event_id, argument] if event_id not in ledger.began:
            text = orjson.loads(argument)
            if not isinstance(text, str | None):
                raise ValueError("an argument is a text or null")
            ledger.began[event_id] = text
        case ["accepted", event_id] if event_id not in ledger.accepted:
            ledger.accepted.add(event_id)
        case ["refused", event_id] if event_id not in ledger.refused:
            ledger.refused.add(event_id)
        case ["lost", event_id] if event_id not in ledger.lost:
            ledger.lost.add(event_id)
        case _:
            raise ValueError("no worker writes this, or not twice")
