from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import cli
from harness.commands import records, verbs
from harness.config import Config
from harness.errors import HarnessError, InvalidRun, Missing, ServiceFailed, UsageError
from harness.system.signals import SIGNALS
from tests.unit.harness.compare import runs

Call = Callable[..., int]
NAMES = {
    verbs: (
        *("all_", "up", "down", "status", "logs", "bench", "verify", "sql", "setup"),
        *("check", "baseline"),
    ),
    records: ("report", "compare", "history", "withdraw"),
}


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Every verb that was called, with what it was given; none does anything."""
    calls: list[tuple[Any, ...]] = []
    for module, names in NAMES.items():
        for name in names:
            monkeypatch.setattr(
                module, name, lambda *given, name=name: calls.append((name, *given))
            )
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


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(verbs, "status", fail)


class TestVerbs:
    @pytest.mark.parametrize("verb", ["all", "up", "setup"])
    def test_take_a_configuration(self, verb: str, call: Call, called: list[Any]) -> None:
        assert call(verb) == 0
        ((name, config),) = called
        assert name.rstrip("_") == verb
        assert isinstance(config, Config)
        assert config.profile == "bench"

    @pytest.mark.parametrize(("verb", "profile"), [("bench", "bench"), ("smoke", "smoke")])
    def test_have_a_profile_of_their_own(
        self, verb: str, profile: str, call: Call, called: list[Any]
    ) -> None:
        assert call(verb) == 0
        ((name, config, *rest),) = called
        assert (name, config.profile, rest) == ("bench", profile, [False, 1, None])

    @pytest.mark.parametrize("verb", ["bench", "smoke"])
    def test_make_a_group(self, verb: str, call: Call, called: list[Any]) -> None:
        assert call(verb, "--repeat", "5", "--group", "before") == 0
        assert call(verb, BENCH_REPEAT="3", BENCH_GROUP="after") == 0
        assert [given[2:] for given in called] == [(False, 5, "before"), (False, 3, "after")]

    @pytest.mark.parametrize("verb", ["down", "status", "verify"])
    def test_take_nothing(self, verb: str, call: Call, called: list[Any]) -> None:
        assert call(verb) == 0
        assert called == [(verb,)]
        assert call(verb, "more") == 2

    def test_take_settings(self, call: Call, called: list[Any]) -> None:
        assert call("bench", "--set", "seed=7", "--set", "load.concurrency=8", "--keep") == 0
        ((_, config, keep, *_),) = called
        assert (config.seed, config.load.concurrency, keep) == (7, 8, True)

    def test_take_a_profile(self, call: Call, called: list[Any]) -> None:
        assert call("bench", "--profile", "reference") == 0
        assert called[0][1].profile == "reference"

    def test_take_what_make_passes_on(self, call: Call, called: list[Any]) -> None:
        given = {"BENCH_PROFILE": "reference", "BENCH_SET": "seed=7 load.fraction=0.5"}
        assert call("bench", **given, BENCH_KEEP="1") == 0
        ((_, config, keep, *_),) = called
        assert (config.profile, config.seed, config.load.fraction) == ("reference", 7, 0.5)
        assert keep is True

    def test_empty_variables_are_not_given(self, call: Call, called: list[Any]) -> None:
        empty = dict.fromkeys(("BENCH_PROFILE", "BENCH_SET", "BENCH_KEEP", "BENCH_SEED"), "")
        assert call("bench", **empty, BENCH_REPEAT="", BENCH_GROUP="") == 0
        assert (called[0][1].profile, called[0][2:]) == ("bench", (False, 1, None))

    def test_logs_take_a_service(self, call: Call, called: list[Any]) -> None:
        assert call("logs") == 0
        assert call("logs", "--service", "kafka") == 0
        assert call("logs", BENCH_SERVICE="presto") == 0
        assert called == [("logs", None), ("logs", "kafka"), ("logs", "presto")]

    def test_report_takes_a_run(self, call: Call, called: list[Any]) -> None:
        assert call("report") == 0
        assert call("report", "--run", "2026") == 0
        assert call("report", BENCH_RUN="2027") == 0
        assert called == [("report", "latest"), ("report", "2026"), ("report", "2027")]

    def test_compare_takes_two_references(self, call: Call, called: list[Any]) -> None:
        assert call("compare", "latest~1", "latest") == 0
        assert call("compare", "before", "after", "--format", "json", "--anyway") == 0
        given = {"BENCH_A": "a", "BENCH_B": "b", "BENCH_FORMAT": "csv", "BENCH_ANYWAY": "1"}
        assert call("compare", **given) == 0
        assert called == [
            ("compare", "latest~1", "latest", "terminal", False),
            ("compare", "before", "after", "json", True),
            ("compare", "a", "b", "csv", True),
        ]

    def test_check_takes_a_base(self, call: Call, called: list[Any]) -> None:
        assert call("check") == 2
        assert call("check", "--base", "main", "--set", "seed=7") == 0
        assert call("check", BENCH_BASE="HEAD~1", BENCH_PROFILE="smoke") == 0
        assert called == [("check", "main", "bench", ("seed=7",)), ("check", "HEAD~1", "smoke", ())]

    def test_baseline_takes_a_profile(self, call: Call, called: list[Any]) -> None:
        assert call("baseline") == 0
        assert call("baseline", BENCH_PROFILE="smoke", BENCH_SET="seed=7") == 0
        assert called == [("baseline", "bench", ()), ("baseline", "smoke", ("seed=7",))]

    def test_history_is_shown_or_a_run_withdrawn(self, call: Call, called: list[Any]) -> None:
        assert call("history") == 0
        assert call("history", "--profile", "smoke") == 0
        assert call("history", "--withdraw", "latest", "--reason", "a backup ran") == 0
        assert call("history", BENCH_WITHDRAW="2026", BENCH_REASON="why") == 0
        assert called == [
            ("history", None),
            ("history", "smoke"),
            ("withdraw", "latest", "a backup ran"),
            ("withdraw", "2026", "why"),
        ]

    def test_sql_takes_a_query(self, call: Call, called: list[Any]) -> None:
        assert call("sql") == 0
        assert call("sql", "SELECT 'a  b'") == 0
        assert call("sql", BENCH_SQL="SELECT $1") == 0
        assert called == [("sql", None), ("sql", "SELECT 'a  b'"), ("sql", "SELECT $1")]


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
        self, arguments: list[str], call: Call, called: list[Any], capsys: Any
    ) -> None:
        assert call(*arguments) == 2
        assert "Error: " in capsys.readouterr().err
        assert not called

    @pytest.mark.parametrize("setting", ["load.concurency=8", "seed=x", "seed"])
    def test_of_a_setting(
        self, setting: str, call: Call, called: list[Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert call("bench", "--set", setting) == 2
        said = capsys.readouterr()
        assert setting.partition("=")[0] in said.err
        assert said.out == ""
        assert not called

    def test_of_a_profile(self, call: Call, capsys: pytest.CaptureFixture[str]) -> None:
        assert call("bench", "--profile", "smok") == 2
        assert "did you mean 'smoke'" in capsys.readouterr().err


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

    def test_have_a_traceback_for_who_asks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        raising(monkeypatch, Missing("It broke."))
        monkeypatch.setattr(sys, "argv", ["harness", "--debug", "status"])
        monkeypatch.setattr(signal, "signal", lambda *_: None)
        with pytest.raises(Missing):
            cli.main()

    def test_unforeseen_one_has_its_traceback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        raising(monkeypatch, ZeroDivisionError())
        monkeypatch.setattr(sys, "argv", ["harness", "status"])
        monkeypatch.setattr(signal, "signal", lambda *_: None)
        with pytest.raises(ZeroDivisionError):
            cli.main()


def test_every_form_of_a_comparison_can_be_asked_for() -> None:
    assert {*cli.FORMS} == {*records.FORMS}


class TestCompare:
    """What is refused, from real-shaped records to the exit code."""

    @pytest.fixture
    def results(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(records, "RESULTS", tmp_path)
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
        monkeypatch.setattr(verbs, "status", lambda: os.kill(os.getpid(), number))
        assert call("status") == 130


def test_help_names_every_verb(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    text = capsys.readouterr().out
    for verb in (
        "all",
        "up",
        "down",
        "status",
        "logs",
        "bench",
        "smoke",
        "verify",
        "report",
        "compare",
        "check",
        "baseline",
        "history",
        "sql",
    ):
        assert f"\n  {verb} " in text
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


def test_what_else_the_system_refuses_is_a_fault_of_ours(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(monkeypatch, PermissionError(errno.EACCES, "no"))
    with pytest.raises(PermissionError):
        call("status")
