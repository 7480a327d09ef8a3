"""The ledger: which events were begun and accepted, on disk, apart from Kafka and Presto."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson


class LedgerWriter:
    """One worker's ledger file; safe for its threads.

    Each line is one write to a file opened for appending: it survives the death of the process,
    and no line is mixed with another. Raises OSError when a line could not be written whole.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / f"{os.getpid()}-{time.time_ns()}.log"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)

    def began(self, event_id: str, argument: str | None) -> None:
        """Say that the event is about to be given to the producer."""
        self._write(b"began\t%b\t%b\n" % (event_id.encode(), orjson.dumps(argument)))

    def accepted(self, event_id: str) -> None:
        """Say that the app is about to answer 200."""
        self._write(b"accepted\t%b\n" % event_id.encode())

    def refused(self, event_id: str) -> None:
        """Say that the event never left the app, which is about to answer 503."""
        self._write(b"refused\t%b\n" % event_id.encode())

    def lost(self, event_id: str) -> None:
        """Say that the event's delivery failed after the app had answered 200."""
        self._write(b"lost\t%b\n" % event_id.encode())

    def _write(self, line: bytes) -> None:
        if os.write(self._file, line) != len(line):
            raise OSError("a line of the ledger was cut short")


class LedgerError(ValueError):
    """A ledger that says what no worker writes, and cannot be counted on."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What all workers wrote: `began` maps each event id to the argument of its request.

    `torn` counts last lines cut off by the death of their worker.
    """

    began: dict[str, str | None] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    torn: int = 0

    @property
    def in_doubt(self) -> set[str]:
        """The events that were begun and neither accepted nor refused."""
        return self.began.keys() - self.accepted - self.refused


def read(folder: Path) -> Ledger:
    """The ledger of all workers in `folder`; empty when none has written.

    Raises LedgerError for a line that is not one, an event begun twice or ended twice the same
    way, and an event that was never begun.
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


class Tally:
    """How many events the workers accepted and lost so far; reads only what was added.

    Each is one line, which `read` makes sure of and this does not, at a hundredth of its cost. A
    file that is gone is forgotten.
    """

    def __init__(self, folder: Path) -> None:
        self.accepted = 0
        self.lost = 0
        self._folder = folder
        self._counted: dict[Path, _Counted] = {}

    def refresh(self) -> None:
        """Count what was added."""
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

    def on(self, path: Path) -> _Counted:
        """Count to the last whole line."""
        with path.open("rb") as file:
            file.seek(self.end)
            added = file.read()
        lines = b"\n" + added[: added.rfind(b"\n") + 1]
        return _Counted(
            self.end + len(lines) - 1,
            self.accepted + lines.count(b"\naccepted\t"),
            self.lost + lines.count(b"\nlost\t"),
        )


def _enter(ledger: Ledger, line: bytes) -> None:
    """Put what a line says into the ledger; raises ValueError when it cannot be so."""
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
