"""The ledger: which events were begun and accepted, on disk, apart from Kafka and Presto."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
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
    began: dict[str, str | None] = {}
    ended: dict[str, set[str]] = {"accepted": set(), "refused": set(), "lost": set()}
    torn = 0
    for path in sorted(folder.glob("*.log")):
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    torn += 1
                    continue
                word, *fields = line[:-1].decode().split("\t")
                match fields:
                    case [event_id, argument] if word == "began" and event_id not in began:
                        began[event_id] = orjson.loads(argument)
                    case [event_id] if word in ended and event_id not in ended[word]:
                        ended[word].add(event_id)
                    case _:
                        raise LedgerError(f"{path.name}, line {number}: {line!r} is amiss")
    for word, events in ended.items():
        if strange := events - began.keys():
            raise LedgerError(f"{min(strange)} was {word} but never begun")
    return Ledger(began=began, torn=torn, **ended)
