"""One error class a cause, each with its exit code."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

INTERRUPTED = 130
PRECEDENCE = (INTERRUPTED, 70, 6, 2, 3, 4, 5, 7, 8, 1)
"""The exit codes, that which counts first before all others, where a run ends with several."""


class HarnessError(Exception):
    """A failure a person can act on; printed in place of a traceback.

    `what` failed, `why`, what to `do` about it, and the `log` to read.
    """

    exit_code = 4

    def __init__(self, what: str, why: str = "", do: str = "", log: Path | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.do = do
        self.log = log

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the error as JSON can carry it from one process to another."""
        return {
            "exit_code": self.exit_code,
            "what": self.what,
            "why": self.why,
            "do": self.do,
            "log": str(self.log) if self.log else None,
        }

    @staticmethod
    def from_dict(fields: dict[str, Any]) -> "HarnessError":
        """Return the error that `as_dict` was called on, of its own class."""
        kinds = {kind.exit_code: kind for kind in HarnessError.__subclasses__()}
        kind = kinds.get(fields["exit_code"], HarnessError)
        log = Path(fields["log"]) if fields["log"] else None
        return kind(fields["what"], fields["why"], fields["do"], log)

    def __str__(self) -> str:
        """Return the lines to print: what, then why, what to do and the log where known."""
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.do:
            lines.append(f"  do:  {self.do}")
        if self.log:
            lines.append(f"  log: {self.log}")
        return "\n".join(lines)


class Regression(HarnessError):
    """A check that has found head slower than its limits allow, and has confirmed it."""

    exit_code = 1


class UsageError(HarnessError):
    """A wrong word on the command line or in the configuration."""

    exit_code = 2


class Missing(HarnessError):
    """Something needed is missing or taken: a program, a jar, a port, another run's lock."""

    exit_code = 3


class ServiceFailed(HarnessError):
    """A service did not start, died, or does not answer."""

    exit_code = 4


class InvalidRun(HarnessError):
    """The run's counts, rows, answers or load do not hold; it is kept, without a throughput."""

    exit_code = 5


class OverBudget(HarnessError):
    """The services needed more than the budget, or were killed for memory."""

    exit_code = 6


class Inconclusive(HarnessError):
    """A comparison that cannot be made, or that the figures do not settle."""

    exit_code = 7


class InternalError(HarnessError):
    """A fault of ours: an exception that nothing foresaw. Its log has the trace."""

    exit_code = 70


def choose_error(
    errors: Iterable[HarnessError | KeyboardInterrupt | None],
) -> HarnessError | KeyboardInterrupt | None:
    """Return the error whose exit code comes first, the first of equals; None where none is."""
    known = [error for error in errors if error is not None]
    return min(known, key=lambda error: PRECEDENCE.index(get_exit_code(error)), default=None)


def get_exit_code(error: HarnessError | KeyboardInterrupt) -> int:
    """Return the exit code of a verb that ends with `error`."""
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else error.exit_code
