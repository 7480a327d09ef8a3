import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness import bootstrap
from harness.errors import Missing
from harness.system import crash, locks, machine, programs
from harness.system.machine import Finding, Level
from harness.system.paths import ROOT
from harness.system.venv import VirtualEnvironment
from harness.system.verbs import PARAMETERS, VERBS

PROBE = """
import json, os, sys, time
names = ("BENCH_", "MAKEFLAGS", *"PROFILE SET KEEP BACKEND RUN SERVICE SQL".split())
seen = {name: text for name, text in os.environ.items() if name.startswith(names)}
time.sleep(float(os.environ.get("SLEEP_S", "0")))
json.dump([sys.argv[1:], seen, sys.stdin.read()], sys.stdout)
sys.exit(int(os.environ.get("CODE", "0")))
"""

Make = Callable[..., "subprocess.CompletedProcess[str]"]


class BecameError(Exception):
    """In place of a process that goes on as another program."""


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """A set-up that is done already; collects what the process would go on as."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    collected: list[list[str]] = []

    def execve(path: Path, arguments: list[str], environment: dict[str, str]) -> None:
        collected.append([str(path), *arguments[1:]])
        raise BecameError

    monkeypatch.setattr(machine, "check", lambda root: [])
    monkeypatch.setattr(VirtualEnvironment, "ensure", lambda self, needs: None)
    monkeypatch.setattr(os, "execve", execve)
    return collected


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Runs make with a `python3` that only says what it was given."""
    script = tmp_path / "probe.py"
    script.write_text(PROBE, encoding="utf-8")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    own = ("MAKE", "MFLAGS", "BENCH_", "CODE", "SLEEP_S")
    clean = {name: text for name, text in os.environ.items() if not name.startswith(own)}

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "-s", f"PYTHON={python}", *arguments],
            cwd=ROOT,
            env={**clean, **environment},
            input="from standard input",
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_make_alone_lists_every_verb_with_its_line(make: Make) -> None:
    assert json.loads(make().stdout)[0] == ["-Es", "-m", "harness.bootstrap", "help"]


def test_help_lists_every_verb_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("make ")] == [*VERBS]
    assert [line.partition("=")[0] for line in lines if "=" in line[:12]] == [*PARAMETERS]
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize("verb", [*VERBS, "tset"])
def test_every_verb_reaches_the_bootstrap_with_its_standard_input(make: Make, verb: str) -> None:
    arguments, seen, stdin = json.loads(make(verb).stdout)
    assert arguments == ["-Es", "-m", "harness.bootstrap", verb]
    assert seen == {}
    assert stdin == "from standard input"


@pytest.mark.parametrize(
    "query",
    [
        "select 'a' || \"b\" from t",
        "select $x, $$, $(shell false), ${y}, $(",
        "select `a` -- # \\ ; & | > * ? ~ ! %",
        "select 1,\n  'zwei'\n",
        "select 'ü', (1 ",
    ],
)
def test_a_query_arrives_as_it_was_typed(make: Make, query: str) -> None:
    done = make("sql", f"SQL={query}")
    assert json.loads(done.stdout)[1] == {"BENCH_SQL": query}
    assert done.stderr == ""


def test_parameters_come_from_the_command_line_or_the_environment(make: Make) -> None:
    given = {"BENCH_PROFILE": "mix", "BENCH_SEED": "7"}
    done = make("bench", "SET=load.concurrency=32", "KEEP=1", **given)
    assert json.loads(done.stdout)[1] == {
        "BENCH_PROFILE": "mix",
        "BENCH_KEEP": "1",
        "BENCH_SEED": "7",
        "BENCH_SET": "load.concurrency=32",
    }


def test_an_empty_parameter_is_not_given(make: Make) -> None:
    assert json.loads(make("bench", "PROFILE=", BENCH_KEEP="").stdout)[1] == {"BENCH_KEEP": ""}


def test_a_variable_of_another_program_is_no_parameter(make: Make) -> None:
    # tcsh exports GROUP.
    seen = json.loads(make("bench", GROUP="users", PROFILE="x").stdout)[1]
    assert {name for name in seen if name.startswith("BENCH_")} == set()


@pytest.mark.parametrize("flags", ["", "-j4"])
def test_goals_wait_for_each_other_in_the_order_typed(make: Make, flags: str) -> None:
    done = make("up", "smoke", "down", MAKEFLAGS=flags, SLEEP_S="0.1")
    assert re.findall(r'bootstrap", "(\w+)"', done.stdout) == ["up", "smoke", "down"]
    failed = make("up", "smoke", "down", MAKEFLAGS=flags, CODE="3")
    assert re.findall(r'bootstrap", "(\w+)"', failed.stdout) == ["up"]


def test_the_exit_code_comes_through(make: Make) -> None:
    done = make("bench", CODE="5")
    assert done.returncode == 2
    assert "Error 5" in done.stderr


def test_a_verb_becomes_the_harness(became: list[list[str]], tmp_path: Path) -> None:
    with pytest.raises(BecameError):
        bootstrap.run_verb("bench")
    assert became == [[str(tmp_path / ".venv/bin/python"), "-Es", "-m", "harness", "bench"]]


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS.values() if verb.is_starting])
def test_who_comes_second_is_told_before_a_set_up(
    became: list[list[str]], tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with locks.hold(tmp_path / ".work" / "lock", "all"):
        assert bootstrap.main([verb]) == Missing.exit_code
    assert f"`harness all` runs as pid {os.getpid()}" in capsys.readouterr().err
    assert became == []


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS.values() if verb.is_starting])
def test_a_machine_that_lacks_something_is_refused_before_a_set_up(
    became: list[list[str]],
    verb: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = Finding("loopback", "no answer", Level.REFUSED, "ip link set lo up")
    monkeypatch.setattr(machine, "check", lambda root: [refused])
    assert bootstrap.main([verb]) == Missing.exit_code
    assert "why: loopback: no answer" in capsys.readouterr().err
    assert became == []


def test_who_only_reads_is_not_kept_out(became: list[list[str]], tmp_path: Path) -> None:
    with locks.hold(tmp_path / ".work" / "lock", "all"), pytest.raises(BecameError):
        bootstrap.run_verb("history")


@pytest.mark.parametrize(("verb", "asked"), [("up", programs.RUN), ("report", ())])
def test_only_verbs_that_start_services_need_their_programs(
    became: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    asked: Sequence[programs.Need],
) -> None:
    needs: list[Sequence[programs.Need]] = []
    monkeypatch.setattr(VirtualEnvironment, "ensure", lambda self, names: needs.append(names))
    with pytest.raises(BecameError):
        bootstrap.run_verb(verb)
    assert needs == [asked]


@pytest.mark.parametrize(("verb", "looks"), [("example", True), ("report", False)])
def test_only_verbs_that_look_at_pages_need_a_browser(
    became: list[list[str]], monkeypatch: pytest.MonkeyPatch, verb: str, looks: bool
) -> None:
    provided: list[Sequence[programs.Need]] = []
    monkeypatch.setattr(programs, "provide", lambda needs, root, tell: provided.append(needs))
    with pytest.raises(BecameError):
        bootstrap.run_verb(verb)
    assert provided == ([programs.BROWSER] if looks else [])


def test_faults_go_without_what_cannot_be_installed(
    became: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    provided: list[Sequence[programs.Need]] = []

    def provide(needs: Sequence[programs.Need], *_: object) -> None:
        provided.append(needs)
        raise Missing("Not installed: libfaketime.")

    monkeypatch.setattr(programs, "provide", provide)
    monkeypatch.setattr(VirtualEnvironment, "ensure", lambda *_: None)
    with pytest.raises(BecameError):
        bootstrap.run_verb("faults")
    assert provided == [(programs.FAKETIME,)]


def test_an_unknown_verb_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["bench", "--fast"]) == 2
    assert "'bench --fast'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [(Missing("No Java."), 3, "No Java.\n"), (KeyboardInterrupt(), 130, "interrupted\n")],
)
def test_what_goes_wrong_is_a_line_and_an_exit_code(
    became: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    text: str,
) -> None:
    def fail(self: VirtualEnvironment, needs: object) -> None:
        raise error

    monkeypatch.setattr(VirtualEnvironment, "ensure", fail)
    assert bootstrap.main(["up"]) == code
    assert capsys.readouterr().err == text


def test_what_nobody_foresaw_is_a_block_and_70(
    became: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(self: VirtualEnvironment, needs: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(VirtualEnvironment, "ensure", fail)
    monkeypatch.setattr(crash, "WORK", tmp_path)
    assert bootstrap.main(["up"]) == 70
    said = capsys.readouterr().err
    assert "why: ZeroDivisionError: division by zero\n       harness/bootstrap.py:" in said
    assert "Traceback" not in said


OLD = """
import runpy, sys
sys.version_info = (3, 9, 2, "final", 0)
runpy.run_module("harness.bootstrap", run_name="__main__")
"""


def test_an_older_python_is_told_in_one_line() -> None:
    command = [sys.executable, "-c", OLD]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stdout == ""
    assert re.fullmatch(r"Python 3\.11 or later is needed, and this is 3\.9\. .+\n", done.stderr)


@pytest.mark.parametrize("name", ["__init__", "bootstrap"])
def test_an_older_python_can_read_that_far(name: str) -> None:
    source = (ROOT / "harness" / f"{name}.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))


def test_the_standard_library_is_enough() -> None:
    command = [sys.executable, "-S", "-m", "harness.bootstrap", "help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
