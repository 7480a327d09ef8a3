"""The last catch: what a person reads of an exception that nobody has caught before.

It needs the standard library alone: the bootstrap has it, too.
"""

import contextlib
import errno
import io
import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from harness.errors import INTERRUPTED, HarnessError, InternalError, Missing, ServiceFailed
from harness.system import machine
from harness.system.paths import ROOT, WORK

LOG = "crash.log"
OURS = ("app", "contract", "harness", "streaming")
"""The folders of the repository whose code is our own."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The numbers of the errors of a full disk."""

_SPACE = ("There is no space left to write.", "make room on the disk")
_FORBIDDEN = (
    "A file may not be read or written.",
    "run it as the owner of the file, or give the file to this user: chown",
)
_FILES = ("No more files can be opened.", "raise the limit: ulimit -n, or docker's --ulimit nofile")
_MEMORY = ("There is no memory left.", "end other programs")
_THREADS = (
    "No more processes or threads can be started.",
    "raise the limit: ulimit -u, or docker's --pids-limit",
)
_REFUSED = {
    **dict.fromkeys(FULL, _SPACE),
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: ("The file system is read-only.", "clone the repository onto another one"),
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENOMEM: _MEMORY,
    errno.EAGAIN: _THREADS,
    errno.EIO: ("The disk fails.", "see the kernel's log: dmesg"),
}
"""What the system refuses, by the error's number: what failed, and what to do."""


def run_process(body: Callable[[], int]) -> NoReturn:
    """End this process with the exit code of a verb; show the trace of its error for `--debug`."""
    prepare_process()
    sys.exit(guard(body, is_debug="--debug" in sys.argv[1:]))


def guard(body: Callable[[], int], *, is_debug: bool = False) -> int:
    """Return the exit code of a verb; print what ends it on standard error, in one block."""
    try:
        code = body()
        # What cannot be written is told now, and not as Python ends.
        sys.stdout.flush()
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except SystemExit as ended:
        if isinstance(ended.code, int | None):
            return ended.code or 0
        failure = create_error(ended)
    except BaseException as error:  # noqa: BLE001 - nobody else is left to catch it
        failure = error if isinstance(error, HarnessError) else create_error(error)
        if is_debug:
            _say("".join(traceback.format_exception(error)).rstrip())
    else:
        return code
    _say(str(failure))
    return failure.exit_code


@contextlib.contextmanager
def translated(log: Path | None = None) -> Iterator[None]:
    """Raise the HarnessError of whatever the block raises but interrupts and exits."""
    try:
        yield
    except HarnessError:
        raise
    except Exception as error:
        raise create_error(error, log) from error


def create_error(error: BaseException, log: Path | None = None) -> HarnessError:
    """Return the error to show for an exception that was foreseen nowhere.

    What the system refuses is a Missing, and a connection that breaks a ServiceFailed. All else is
    a fault of ours, whose trace is appended to `log`, by default in the work folder.
    """
    why = f"{type(error).__name__}: {error}".removesuffix(": ")
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] not in OURS:
        do = "make the environment anew: rm -r .venv && make setup"
        return Missing("A Python package cannot be imported.", why=why, do=do)
    explained = machine.explain_refusal(error, ROOT) if isinstance(error, OSError) else None
    if explained is not None:
        return Missing(_FORBIDDEN[0], *explained)
    refused = _find_refused(error)
    if refused is not None:
        what, do = refused
        return Missing(what, why=str(error) or why, do=do)
    if isinstance(error, ConnectionError | TimeoutError):
        do = "`make logs` shows the services' logs; run it again"
        return ServiceFailed("A service does not answer.", why=why, do=do)
    return InternalError(
        "The harness failed by a fault of its own.",
        why=f"{why}\n       {_find_place(error)}",
        do="report it, with the trace in the log",
        log=_write_trace(error, log or WORK / LOG),
    )


def prepare_process() -> None:
    """Make this process's output unbreakable, and have no trace printed beside `guard`.

    Does nothing where a test has replaced standard output.
    """
    if sys.stdout is not sys.__stdout__ or sys.stderr is not sys.__stderr__:
        return
    # Else the next files that are opened are taken for standard output by every child.
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(descriptor)
    sys.stdout = _open_output(1, sys.stdout)
    sys.stderr = _open_output(2, sys.stderr)
    threading.excepthook = lambda raised: _say(str(create_error(raised.exc_value or SystemExit())))
    # Raised where nobody can catch it: in a finalizer, or as Python ends.
    sys.unraisablehook = lambda raised: _note_unraisable(raised.exc_value)


class _Output(io.FileIO):
    """A standard stream that takes whatever comes after its first failure, and drops it.

    The failure of standard output is a Missing. A reader that goes, as `head` does, is no failure.
    """

    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if self.fileno() == 1 and not isinstance(error, BrokenPipeError):
                # Else a full disk would be blamed on the file that is written meanwhile.
                raise Missing(
                    "Standard output cannot be written.",
                    why=error.strerror or str(error),
                    do="send it elsewhere, or make room there",
                ) from error
            if not isinstance(error, BrokenPipeError):
                raise
            return super().write(data)  # type: ignore[arg-type]


def _open_output(descriptor: int, before: io.TextIOBase | None) -> io.TextIOWrapper:
    """Return a stream like `before` that shows what its encoding lacks as a question mark."""
    raw = _Output(descriptor, "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(before, "encoding", "utf-8"),
        errors="replace",
        line_buffering=descriptor == 2 or raw.isatty(),
    )


def _find_refused(error: BaseException) -> tuple[str, str] | None:
    """Return what failed and what to do where the system refuses something; else None."""
    if isinstance(error, MemoryError):
        return _MEMORY
    # The standard library has no class for it.
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return _THREADS
    if isinstance(error, OSError) and error.errno is not None:
        return _REFUSED.get(error.errno)
    return None


def _find_place(error: BaseException) -> str:
    """Return the innermost line of our own code that the exception passed."""
    frames = [
        (Path(frame.filename), frame)
        for frame in traceback.extract_tb(error.__traceback__)
        if any(Path(frame.filename).is_relative_to(ROOT / folder) for folder in OURS)
    ]
    if not frames:
        return "in no line of ours"
    path, frame = frames[-1]
    return f"{path.relative_to(ROOT)}:{frame.lineno}, in {frame.name}"


def _write_trace(error: BaseException, log: Path) -> Path | None:
    """Append the trace to `log`, else to a file for temporary ones; return the file, if any."""
    trace = "".join(traceback.format_exception(error))
    text = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {sys.argv}\n{trace}\n"
    with contextlib.suppress(OSError):
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return log
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="harness-", suffix=".log", text=True)
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
            file.write(text)
        return Path(name)
    return None


def _note_unraisable(error: BaseException | None) -> None:
    if isinstance(error, Exception):
        _write_trace(error, WORK / LOG)


def _say(text: str) -> None:
    """Print on standard error, if there is anybody to read it."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
