"""One call of ApacheBench: its command line, and its own counts afterwards."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harness.config import load_plan, model
from harness.load import child
from harness.record import models

SOCKET_TIMEOUT_S = 30
"""ab gives up when no answer at all comes for so long."""


@dataclass(frozen=True, slots=True)
class AbSummary:
    """ab's own counts of a call that it finished.

    `kinds` is how ab splits `failed`: Connect, Receive, Length (an answer of another length than
    the first), Exceptions. `write_errors` and `non_2xx` are counted apart; a 500 is in both
    `failed` and `non_2xx` when its length is unusual, and in `non_2xx` alone when it is not.
    `length` is the number of bytes in the body of the first answer.
    """

    complete: int
    failed: int
    kinds: str
    write_errors: int
    non_2xx: int
    length: int

    def bad(self) -> int:
        """Return how many requests failed in one way or another.

        After an empty first answer, ab counts a connection closed without an answer as good.
        """
        return self.failed + self.write_errors if self.length else self.complete


@dataclass(frozen=True, slots=True)
class AbFiles:
    """The files that one call of ab writes: its output and its two files of latencies."""

    output: Path
    errors: Path
    percentiles: Path
    requests: Path

    @classmethod
    def of_call(cls, folder: Path, number: int) -> Self:
        """Return the files of call `number`, from 1."""
        stem = folder / f"ab-{number:02d}"
        return cls(*(stem.with_suffix(f".{end}") for end in ("out", "err", "csv", "tsv")))

    def answered(self) -> int:
        """Return how many requests ab reports as complete: while it runs, in steps of a tenth."""
        text = _text(self.errors) + _text(self.output)
        counts = re.findall(r"^(?:Completed|Total of) (\d+) requests", text, re.MULTILINE)
        return int(counts[-1]) if counts else 0

    def last_lines(self) -> str:
        """Return the last lines of ab's error output as one line, without its progress lines."""
        lines = _text(self.errors).splitlines()
        told = [line for line in lines if line.strip() and not line.startswith("Completed ")]
        return "; ".join(told[-3:])


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """A call that was made; `summary` is None where ab did not finish it."""

    call: load_plan.PlannedCall
    files: AbFiles
    ended: child.Ended
    summary: AbSummary | None

    def record(self) -> models.Call:
        """Return the record of the call.

        Where ab did not finish the call, every request without an answer counts as failed.
        """
        call, summary = self.call, self.summary
        answered = summary.complete if summary else self.files.answered()
        unanswered = call.requests - answered
        return models.Call(
            path=call.path,
            event_type=call.event_type,
            requests=call.requests,
            complete=answered,
            failed=summary.bad() if summary else unanswered,
            non_2xx=summary.non_2xx if summary else 0,
            duration_s=self.ended.ended - self.ended.started,
        )

    def succeeded(self) -> int:
        """Return how many answers were good: neither failed nor other than 2xx, or both at once.

        Returns 0 for a call that ab did not finish: its answers are not known.
        """
        if self.summary is None:
            return 0
        record = self.record()
        return max(0, record.complete - max(record.failed, record.non_2xx))

    def reason(self) -> str | None:
        """Return the failures in one line, None where every request was answered with 2xx."""
        call, summary = self.call, self.summary
        if summary is None:
            return (
                f"ab did not finish {call.path}: {self.ended.how()} after"
                f" {self.files.answered():,} of {call.requests:,} requests"
                f" ({self.files.last_lines() or 'no error output'})"
            )
        amiss = [] if summary.length else ["answers are empty"]
        if summary.failed:
            amiss.append(f"{summary.failed:,} failed ({summary.kinds})")
        if summary.write_errors:
            amiss.append(f"{summary.write_errors:,} not written")
        if summary.non_2xx:
            amiss.append(f"{summary.non_2xx:,} not answered with 2xx")
        if summary.complete != call.requests:
            amiss.append(f"{summary.complete:,} complete")
        return (
            f"of {call.requests:,} requests for {call.path}: {', '.join(amiss)}" if amiss else None
        )


def build_command(
    call: load_plan.PlannedCall, load: model.LoadSettings, port: int, files: AbFiles
) -> list[str]:
    """Return the command line of one call.

    Without `-l`, an answer of another length than the first counts as failed: answers to one path
    are of equal length. Without `-r`, ab ends at the first broken connection: with it, its counts
    are wrong (at a closed port, 15 failed of 10 requests).
    """
    return [
        *("ab", "-n", str(call.requests), "-c", str(min(load.concurrency, call.requests))),
        *(("-k",) if load.keep_alive else ()),
        *("-s", str(SOCKET_TIMEOUT_S), "-H", f"Host: {load_plan.HOST}"),
        *("-e", str(files.percentiles), "-g", str(files.requests)),
        f"http://127.0.0.1:{port}{call.path}",
    ]


def run_call(
    call: load_plan.PlannedCall,
    load: model.LoadSettings,
    port: int,
    files: AbFiles,
    watch: Callable[[int], None],
    deadline: float,
    wrap: child.Wrap = list,
) -> CallOutcome:
    """Make one call and wait for its end.

    `watch` is told about every 0.5 s how many requests were answered; what it raises ends ab and
    is passed on. At `deadline`, a reading of time.monotonic, ab is killed.
    """
    ended = child.run(
        wrap(build_command(call, load, port, files)),
        files.output,
        files.errors,
        lambda: watch(files.answered()),
        deadline,
    )
    # Exit code 0 says that ab reached its end, also when every answer was a 500.
    return CallOutcome(
        call, files, ended, parse_summary(_text(files.output)) if ended.code == 0 else None
    )


def parse_summary(text: str) -> AbSummary | None:
    """Return the counts in ab's output, None where it has none."""
    found = re.findall(r"^([\w -]+): +(\d+)(?: bytes)?$", text, re.MULTILINE)
    counts = {label: int(count) for label, count in found}
    if not {"Document Length", "Complete requests", "Failed requests"} <= counts.keys():
        return None
    kinds = re.search(r"^ +\((Connect: .*)\)$", text, re.MULTILINE)
    return AbSummary(
        complete=counts["Complete requests"],
        failed=counts["Failed requests"],
        kinds=kinds[1] if kinds else "",
        write_errors=counts.get("Write errors", 0),
        non_2xx=counts.get("Non-2xx responses", 0),
        length=counts["Document Length"],
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
