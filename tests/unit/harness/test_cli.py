import errno
import inspect
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness import cli
from harness.commands import options, status
from harness.commands.options import create_command
from harness.errors import HarnessError, InvalidRun, Missing, ServiceFailed, UsageError
from harness.system import crash, machine, paths
from harness.system.machine import Finding, Level
from harness.system.signals import SIGNALS
from harness.system.verbs import VERBS, Verb
from tests.unit.harness.compare import runs

Call = Callable[..., int]
Called = list[tuple[str, dict[str, Any]]]
CONFIGURED = {"profile": "bench", "settings": ()}
REPEATED = {"keep": False, "repeat": 1, "group": None}


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    """Every verb that is called, with what it is given; none does anything."""
    calls: Called = []

    def record(module: str) -> SimpleNamespace:
        return SimpleNamespace(run=lambda **given: calls.append((module.rpartition(".")[2], given)))

    monkeypatch.setattr(options, "import_module", record)
    return calls


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Types a command line; its exit code. Variables are given by name."""
    for name in [name for name in os.environ if name.startswith("BENCH_")]:
        monkeypatch.delenv(name)
    handlers = {number: signal.getsignal(number) for number in SIGNALS}

    def typed(*arguments: str, **environment: str) -> int:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["harness", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    yield typed
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def required(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the machine is found to have; nothing is asked of the real one."""
    findings: list[Finding] = []
    monkeypatch.setattr(machine, "check", lambda root: findings)
    return findings


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(status, "run", fail)


TYPED = [verb for verb in VERBS.values() if verb.module]


@pytest.mark.parametrize("verb", TYPED, ids=lambda verb: verb.name)
def test_every_verb_has_a_module_that_takes_its_parameters(verb: Verb) -> None:
    assert verb.module is not None
    taken = inspect.signature(import_module(verb.module).run).parameters
    assert {*taken} == {option.name for option in create_command(verb, verb.module).params}


class TestVerbs:
    @pytest.mark.parametrize("verb", ["all", "up", "setup", "squeeze"])
    def test_take_a_configuration(self, verb: str, call: Call, called: Called) -> None:
        assert call(verb) == 0
        assert call(verb, "--profile", "reference", "--set", "seed=7", "--set", "a=b") == 0
        assert called == [
            (verb, CONFIGURED),
            (verb, {"profile": "reference", "settings": ("seed=7", "a=b")}),
        ]

    @pytest.mark.parametrize("verb", ["bench", "smoke"])
    def test_have_a_profile_of_their_own(self, verb: str, call: Call, called: Called) -> None:
        assert call(verb) == 0
        assert called == [(verb, {"profile": verb, "settings": (), **REPEATED})]

    @pytest.mark.parametrize("verb", ["bench", "smoke"])
    def test_make_a_group(self, verb: str, call: Call, called: Called) -> None:
        assert call(verb, "--repeat", "5", "--group", "before") == 0
        assert call(verb, BENCH_REPEAT="3", BENCH_GROUP="after") == 0
        assert [(given["repeat"], given["group"]) for _, given in called] == [
            (5, "before"),
            (3, "after"),
        ]

    @pytest.mark.parametrize("verb", ["down", "status", "verify"])
    def test_take_nothing(self, verb: str, call: Call, called: Called) -> None:
        assert call(verb) == 0
        assert called == [(verb, {})]
        assert call(verb, "more") == 2

    def test_take_what_make_passes_on(self, call: Call, called: Called) -> None:
        given = {"BENCH_PROFILE": "reference", "BENCH_SET": "seed=7 load.fraction=0.5"}
        assert call("bench", **given, BENCH_KEEP="1") == 0
        settings = ("seed=7", "load.fraction=0.5")
        expected = {"profile": "reference", "settings": settings, **REPEATED, "keep": True}
        assert called == [("bench", expected)]

    def test_empty_variables_are_not_given(self, call: Call, called: Called) -> None:
        empty = dict.fromkeys(("BENCH_PROFILE", "BENCH_SET", "BENCH_KEEP", "BENCH_SEED"), "")
        assert call("bench", **empty, BENCH_REPEAT="", BENCH_GROUP="") == 0
        assert called == [("bench", {**CONFIGURED, **REPEATED})]

    def test_logs_take_a_service(self, call: Call, called: Called) -> None:
        assert call("logs") == 0
        assert call("logs", "--service", "kafka") == 0
        assert call("logs", BENCH_SERVICE="presto") == 0
        assert [given["service"] for _, given in called] == [None, "kafka", "presto"]

    @pytest.mark.parametrize("verb", ["report", "open", "example"])
    def test_pages_are_those_of_a_run(self, verb: str, call: Call, called: Called) -> None:
        assert call(verb) == 0
        assert call(verb, "--run", "2026") == 0
        assert call(verb, BENCH_RUN="2027") == 0
        assert [given["reference"] for _, given in called] == ["latest", "2026", "2027"]

    def test_compare_takes_two_references(self, call: Call, called: Called) -> None:
        assert call("compare", "latest~1", "latest") == 0
        assert call("compare", "before", "after", "--format", "json", "--anyway") == 0
        given = {"BENCH_A": "a", "BENCH_B": "b", "BENCH_FORMAT": "csv", "BENCH_ANYWAY": "1"}
        assert call("compare", **given) == 0
        names = ("a", "b", "form", "anyway")
        assert [tuple(map(given.get, names)) for _, given in called] == [
            ("latest~1", "latest", "terminal", False),
            ("before", "after", "json", True),
            ("a", "b", "csv", True),
        ]

    def test_check_takes_a_base(self, call: Call, called: Called) -> None:
        assert call("check") == 2
        assert call("check", "--base", "main", "--set", "seed=7") == 0
        assert call("check", BENCH_BASE="HEAD~1", BENCH_PROFILE="smoke") == 0
        plain = {"marked": False}
        assert called == [
            ("check", {"base": "main", "profile": "bench", "settings": ("seed=7",), **plain}),
            ("check", {"base": "HEAD~1", "profile": "smoke", "settings": (), **plain}),
        ]

    def test_marked_runs_are_asked_for_alike_everywhere(self, call: Call, called: Called) -> None:
        words = {"compare": ("a", "b"), "check": ("--base", "HEAD"), "baseline": (), "history": ()}
        for verb, given in words.items():
            assert call(verb, *given) == 0
            assert call(verb, *given, "--marked") == 0
        for verb, given in words.items():
            assert call(verb, *given, BENCH_MARKED="1") == 0
        assert [given["marked"] for _, given in called] == [*4 * [False, True], *4 * [True]]

    def test_history_takes_a_profile_or_a_run_to_withdraw(self, call: Call, called: Called) -> None:
        assert call("history") == 0
        assert call("history", "--profile", "smoke") == 0
        assert call("history", "--withdraw", "latest", "--reason", "a backup ran") == 0
        assert call("history", BENCH_WITHDRAW="2026", BENCH_REASON="why") == 0
        names = ("profile", "withdraw", "reason")
        assert [tuple(map(given.get, names)) for _, given in called] == [
            (None, None, ""),
            ("smoke", None, ""),
            (None, "latest", "a backup ran"),
            (None, "2026", "why"),
        ]

    def test_sql_takes_a_query(self, call: Call, called: Called) -> None:
        assert call("sql") == 0
        assert call("sql", "SELECT 'a  b'") == 0
        assert call("sql", BENCH_SQL="SELECT $1") == 0
        assert [given["query"] for _, given in called] == [None, "SELECT 'a  b'", "SELECT $1"]


class TestMistakes:
    @pytest.mark.parametrize(
        "arguments",
        [
            *(["benhc"], ["bench", "--speed"], ["bench", "more"], ["sql", "a", "b"]),
            *(["bench", "--repeat", "0"], ["bench", "--repeat", "x"]),
            *(["compare", "latest"], ["compare", "a", "b", "--format", "html"]),
        ],
    )
    def test_of_the_command_line(
        self, arguments: list[str], call: Call, called: Called, capsys: Any
    ) -> None:
        assert call(*arguments) == 2
        assert "Error: " in capsys.readouterr().err
        assert not called

    @pytest.mark.parametrize("setting", ["load.concurency=8", "seed=x", "seed"])
    @pytest.mark.parametrize("verb", ["bench", "check", "faults"])
    def test_of_a_setting(
        self, verb: str, setting: str, call: Call, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert call(verb, "--set", setting, BENCH_BASE="HEAD") == 2
        said = capsys.readouterr()
        assert setting.partition("=")[0] in said.err
        assert said.out == ""

    def test_of_a_profile(self, call: Call, capsys: pytest.CaptureFixture[str]) -> None:
        assert call("bench", "--profile", "smok") == 2
        assert "did you mean 'smoke'" in capsys.readouterr().err


class TestMachine:
    @pytest.mark.parametrize("verb", [verb.name for verb in TYPED if verb.is_starting])
    def test_that_lacks_something_is_refused(
        self,
        verb: str,
        call: Call,
        called: Called,
        required: list[Finding],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        required.append(Finding("loopback", "no answer", Level.REFUSED, "ip link set lo up"))
        assert call(verb, BENCH_BASE="HEAD") == 3
        assert "do:  ip link set lo up" in capsys.readouterr().err
        assert called == []

    def test_warning_is_a_line(
        self,
        call: Call,
        called: Called,
        required: list[Finding],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        required.append(Finding("memory", "1.5 GiB free", Level.WARNED, "end other programs"))
        assert call("up") == 0
        said = capsys.readouterr()
        assert said.err == "memory: warning: 1.5 GiB free; end other programs\n"
        assert [verb for verb, _ in called] == ["up"]

    def test_verb_that_reads_asks_nothing(
        self, call: Call, called: Called, required: list[Finding]
    ) -> None:
        required.append(Finding("loopback", "no answer", Level.REFUSED))
        assert call("report") == 0


class TestErrors:
    @pytest.mark.parametrize(
        ("kind", "code"), [(UsageError, 2), (Missing, 3), (ServiceFailed, 4), (InvalidRun, 5)]
    )
    def test_are_told_without_a_traceback(
        self,
        kind: type[HarnessError],
        code: int,
        call: Call,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        error = kind("It broke.", why="it was thin", do="mend it", log=Path("a.log"))
        raising(monkeypatch, error)
        assert call("status") == code
        said = capsys.readouterr()
        assert said.err == f"{error}\n"
        assert said.out == ""

    def test_have_a_trace_for_who_asks(
        self, call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        raising(monkeypatch, Missing("It broke."))
        assert call("--debug", "status") == 3
        said = capsys.readouterr().err
        assert said.startswith("Traceback (most recent call last):\n")
        assert said.endswith("\nIt broke.\n")

    @pytest.mark.parametrize("kind", [ZeroDivisionError, RecursionError, AssertionError, KeyError])
    def test_that_nobody_foresaw_is_one_block(
        self,
        kind: type[Exception],
        call: Call,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(crash, "WORK", tmp_path)
        raising(monkeypatch, kind("odd"))
        assert call("status") == 70
        said = capsys.readouterr()
        assert said.out == ""
        assert re.fullmatch(
            r"The harness failed by a fault of its own\.\n"
            rf"  why: {kind.__name__}: '?odd'?\n"
            r"       harness/commands/options\.py:\d+, in run\n"
            r"  do:  report it, with the trace in the log\n"
            rf"  log: {re.escape(str(tmp_path))}/crash\.log\n",
            said.err,
        )
        assert "Traceback (most recent call last):" in (tmp_path / "crash.log").read_text()


class TestCompare:
    """What is refused, from real-shaped records to the exit code."""

    @pytest.fixture
    def results(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(paths, "RESULTS", tmp_path)
        return tmp_path

    def test_of_a_valid_and_an_invalid_run(
        self, results: Path, call: Call, capsys: pytest.CaptureFixture[str]
    ) -> None:
        invalid = runs.make(1, status="invalid", reasons=("events in doubt: 3",))
        runs.keep(results, [runs.make(0), invalid])

        assert call("compare", "latest~1", "latest") == 7
        said = capsys.readouterr()
        assert said.out == ""
        assert f"{invalid.run_id}" in said.err
        assert "events in doubt: 3" in said.err

    def test_of_two_hosts(
        self, results: Path, call: Call, capsys: pytest.CaptureFixture[str]
    ) -> None:
        place = runs.make(1).environment
        host = place.host.model_copy(update={"fingerprint": "0123456789ab"})
        other = runs.make(1, environment=place.model_copy(update={"host": host}))
        runs.keep(results, [runs.make(0), other])

        assert call("compare", "latest~1", "latest") == 7
        said = capsys.readouterr()
        assert said.out == ""
        assert "environment.host.fingerprint: ecb3aef9b10b in A, 0123456789ab in B" in said.err


class TestInterrupts:
    def test_ctrl_c(
        self,
        call: Call,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        raising(monkeypatch, KeyboardInterrupt())
        assert call("status") == 130
        assert capsys.readouterr().err.strip() == "interrupted"

    @pytest.mark.parametrize("number", SIGNALS)
    def test_a_signal_is_the_same(
        self, number: signal.Signals, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # As a shell has it that starts something in the background.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        monkeypatch.setattr(status, "run", lambda: os.kill(os.getpid(), number))
        assert call("status") == 130


def test_help_names_every_verb(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    text = capsys.readouterr().out
    for verb in TYPED:
        assert re.search(rf"\n  {verb.name} +{re.escape(verb.text)}", text)
    assert call("bench", "-h") == 0
    assert "--keep" in capsys.readouterr().out


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_line_whoever_wrote(
    number: int,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    raising(monkeypatch, OSError(number, os.strerror(number), "/full/state.json"))
    assert call("status") == 3
    said = capsys.readouterr().err
    assert said.startswith("There is no space left to write.\n")
    assert f"{os.strerror(number)}: '/full/state.json'" in said


def test_broken_pipe_of_a_service_is_no_regression(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Click takes it for that of standard output, and ends with 1.
    raising(monkeypatch, BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert call("status") == 4
