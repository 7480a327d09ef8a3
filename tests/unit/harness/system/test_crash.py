"""What nobody has caught before ends a real process: its output, its exit code, its log."""

import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import InternalError, Missing, ServiceFailed, UsageError
from harness.system import crash
from harness.system.paths import ROOT

BODY = """
import os, sys, threading
from pathlib import Path
from harness.errors import UsageError
from harness.system import crash
crash.WORK = Path(sys.argv[1])
def body():
    {body}
    return 5
crash.run_process(body)
"""


def run_body(
    body: str, work: Path, *within: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a process whose verb has this body, and ends with 5 where nothing else ends it."""
    command = [sys.executable, "-c", BODY.format(body=body), str(work)]
    return subprocess.run(
        [*within, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class TestGuard:
    def test_code_of_the_verb(self, tmp_path: Path) -> None:
        ended = run_body("print('said')", tmp_path)
        assert (ended.returncode, ended.stdout, ended.stderr) == (5, "said\n", "")

    @pytest.mark.parametrize(
        ("raised", "code"),
        [
            ("ZeroDivisionError()", 70),
            ("SystemExit('a library says so')", 70),
            ("SystemExit(3)", 3),
            ("SystemExit()", 0),
            ("KeyboardInterrupt()", 130),
            ("UsageError('Odd.')", 2),
            ("ExceptionGroup('two', [ValueError(1), KeyError(2)])", 70),
            ("MemoryError()", 3),
            ("ModuleNotFoundError('No module named click', name='click')", 3),
            ("ModuleNotFoundError('No module named harness.x', name='harness.x')", 70),
        ],
    )
    def test_whatever_is_raised_has_a_code_and_no_trace(
        self, raised: str, code: int, tmp_path: Path
    ) -> None:
        ended = run_body(f"raise {raised}", tmp_path)
        assert ended.returncode == code
        assert "Traceback" not in ended.stderr + ended.stdout
        assert (code == 70) == (tmp_path / "crash.log").exists()

    def test_endless_recursion(self, tmp_path: Path) -> None:
        ended = run_body("body()", tmp_path)
        assert ended.returncode == 70
        assert ended.stderr.count("\n") == 5
        assert "Previous line repeated" in (tmp_path / "crash.log").read_text()

    def test_debug_has_the_trace(self, tmp_path: Path) -> None:
        ended = run_body("sys.argv.append('--debug'); raise KeyError('odd')", tmp_path)
        assert "Traceback" not in ended.stderr
        code = BODY.format(body="raise KeyError('odd')")
        command = [sys.executable, "-c", code, str(tmp_path), "--debug"]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 70
        assert ended.stderr.startswith("Traceback (most recent call last):\n")
        assert "\nThe harness failed by a fault of its own.\n" in ended.stderr

    def test_thread_that_fails_is_a_block(self, tmp_path: Path) -> None:
        ended = run_body(
            "t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()", tmp_path
        )
        assert ended.returncode == 5
        assert ended.stderr.startswith("The harness failed by a fault of its own.\n")
        assert "Traceback" not in ended.stderr

    def test_finalizer_and_exit_handler_that_fail_are_in_the_log(self, tmp_path: Path) -> None:
        ended = run_body("import atexit; atexit.register(lambda: 1 / 0)", tmp_path)
        assert (ended.returncode, ended.stderr) == (5, "")
        assert "ZeroDivisionError" in (tmp_path / "crash.log").read_text()


class TestOutput:
    @pytest.mark.parametrize("to_error", ["", ", file=sys.stderr"])
    def test_reader_that_goes_changes_no_exit_code(self, to_error: str, tmp_path: Path) -> None:
        body = f"for i in range(200_000): print('line', i{to_error})"
        code = BODY.format(body=body)
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "line 0\n"
        process.stdout.close()
        assert process.wait(30) == 5

    def test_what_the_encoding_lacks_is_a_question_mark(self, tmp_path: Path) -> None:
        body = "print('a \u2192 b'); print('\u00e4', file=sys.stderr)"
        ended = run_body(body, tmp_path, PYTHONIOENCODING="ascii")
        assert (ended.returncode, ended.stdout, ended.stderr) == (5, "a ? b\n", "?\n")

    def test_output_that_is_full(self, tmp_path: Path) -> None:
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            ended = subprocess.run(
                [sys.executable, "-c", BODY.format(body="print('x')"), str(tmp_path)],
                cwd=ROOT,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert ended.returncode == 3
        assert ended.stderr == (
            "Standard output cannot be written.\n"
            "  why: No space left on device\n"
            "  do:  send it elsewhere, or make room there\n"
        )

    def test_closed_descriptors_go_nowhere(self, tmp_path: Path) -> None:
        body = (
            "print('x'); f = (crash.WORK / 'file').open('w'); f.write(str(f.fileno())); f.close()"
        )
        code = BODY.format(body=body)
        command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code]
        ended = subprocess.run([*command, str(tmp_path)], cwd=ROOT, check=False)
        assert ended.returncode == 5
        assert int((tmp_path / "file").read_text()) > 2


class TestCreateError:
    @pytest.mark.parametrize(
        "number",
        [
            *crash.FULL,
            errno.EACCES,
            errno.EPERM,
            errno.EROFS,
            errno.EMFILE,
            errno.ENOMEM,
            errno.EIO,
        ],
    )
    def test_refusal_of_the_system_is_the_users(self, number: int) -> None:
        error = crash.create_error(OSError(number, os.strerror(number), "/a/file"))
        assert isinstance(error, Missing)
        assert error.why == f"[Errno {number}] {os.strerror(number)}: '/a/file'"
        assert error.do

    def test_limit_of_threads(self) -> None:
        error = crash.create_error(RuntimeError("can't start new thread"))
        assert isinstance(error, Missing)

    @pytest.mark.parametrize("kind", [ConnectionResetError, BrokenPipeError, TimeoutError])
    def test_connection_that_breaks_is_a_services(self, kind: type[OSError]) -> None:
        assert isinstance(crash.create_error(kind("gone")), ServiceFailed)

    def test_log_that_cannot_be_written_is_elsewhere(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        (tmp_path / "file").touch()
        error = crash.create_error(KeyError("odd"), tmp_path / "file" / "crash.log")
        assert isinstance(error, InternalError)
        assert error.log is not None
        assert error.log.parent == tmp_path
        assert "KeyError: 'odd'" in error.log.read_text()

    def test_place_is_a_line_of_ours(self, tmp_path: Path) -> None:
        try:
            crash.translated().__enter__()
            re.compile("(")
        except re.error as error:
            made = crash.create_error(error, tmp_path / "crash.log")
        assert made.why.endswith("in no line of ours")


def test_translated_leaves_what_is_told_already() -> None:
    with pytest.raises(UsageError, match="Odd"), crash.translated():
        raise UsageError("Odd.")
    with pytest.raises(KeyboardInterrupt), crash.translated():
        raise KeyboardInterrupt


INTERRUPT = """
import os, runpy, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == sys.argv[2]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
runpy.run_module(sys.argv[1], run_name="__main__")
"""


@pytest.mark.parametrize(
    ("module", "imported"), [("harness", "click"), ("harness.bootstrap", "harness.commands.clean")]
)
def test_interrupt_while_modules_are_imported(module: str, imported: str) -> None:
    command = [sys.executable, "-c", INTERRUPT, module, imported]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")
