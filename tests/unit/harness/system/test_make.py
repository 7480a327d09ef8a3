import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.system import make
from harness.system.paths import ROOT
from harness.system.verbs import VERBS

PYTHON = f"PYTHON={sys.executable}"


def judge(*words: str) -> dict[str, str]:
    return make.judge_variables(make.parse_words(words))


def run_make(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "goals", "variables"),
    [
        (["up", "A=1", "down"], ("up", "down"), (("A", "1"),)),
        (["-C", "a=b", "-kf", "c=d", "-Idir", "up"], ("up",), ()),
        (["--eval", "A=1", "--eval=B=1", "--directory", "x"], (), ()),
        (["-j", "4", "-j", "up", "-sj2", "--jobs", "3"], ("up",), ()),
        (["--", "A=1", "-x", "-C", "up"], ("-x", "-C", "up"), (("A", "1"),)),
        (["A:=1", "A::=2", "A+=3", "A?=4", "A!=5"], (), tuple(("A", str(n)) for n in range(1, 6))),
        (["SQL=a = b", "SET=", "A = 1\n2"], (), (("SQL", "a = b"), ("SET", ""), ("A", "1\n2"))),
    ],
)
def test_words_are_read_as_make_reads_them(
    words: list[str], goals: tuple[str, ...], variables: tuple[tuple[str, str], ...]
) -> None:
    assert make.parse_words(words) == make.CommandLine(goals, variables)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["smoke", "REPEATS=2"], "There is no parameter REPEATS; did you mean REPEAT?"),
        (["smoke", "repeat=2"], "There is no parameter repeat; did you mean REPEAT?"),
        (["compare", "A=x", "FORMATS=csv"], "There is no parameter FORMATS; did you mean FORMAT?"),
        (["up", "JAVA_HOME=/opt/java"], "There is no parameter JAVA_HOME."),
        (["down", "REPEAT=2"], "`make down` takes no REPEAT."),
        (["SQL=SELECT 1"], "`make help` takes no SQL."),
        (["smoke", "REPEAT=2", "REPEAT=3"], "REPEAT is given 2 times."),
    ],
)
def test_a_wrong_variable_is_refused(words: list[str], text: str) -> None:
    with pytest.raises(UsageError) as error:
        judge(*words)
    assert error.value.what == text


@pytest.mark.parametrize(
    "words",
    [
        ["up", "smoke", "down", "REPEAT=2", "PROFILE=mix"],
        ["down", "REPEAT="],
        ["up", "PYTHON=python3.13", "SHELL=/bin/bash", "MAKEFLAGS=-s", "BENCH_SEED=2"],
    ],
)
def test_a_variable_that_a_goal_takes_is_none_to_judge(words: list[str]) -> None:
    assert judge(*words) == {}


def test_a_repeated_parameter_has_all_its_values() -> None:
    assert judge("smoke", "SET=seed=7", "SET=", "SET=app.linger_ms=9 load.fraction=1") == {
        "SET": "seed=7 app.linger_ms=9 load.fraction=1"
    }


@pytest.mark.parametrize(
    "before",
    [[], ["-C", str(ROOT)], ["-j4", "-k"], ["SHELL=/bin/bash", f"PYTHON=true && {sys.executable}"]],
)
def test_what_was_typed_is_judged_before_anything_is_done(before: list[str]) -> None:
    done = run_make(PYTHON, *before, "down", "REPEATS=2")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("There is no parameter REPEATS; did you mean REPEAT?\n")
    assert "down] Error 2" in done.stderr


def test_a_variable_of_the_environment_is_not_judged() -> None:
    done = run_make(PYTHON, "help", REPEATS="2", REPEAT="2", MAKEFLAGS="FOO=1")
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_parameter_of_the_environment_is_named_and_not_read() -> None:
    typed = make.parse_words(["bench", "SET=seed=2"])
    environment = {"GROUP": "users", "REPEAT": "2", "BENCH_REPEAT": "3", "SET": "a=1", "KEEP": ""}
    assert make.find_untyped(VERBS["bench"], typed, environment) == ["GROUP"]


def test_a_make_for_another_goal_is_not_ours(tmp_path: Path) -> None:
    outer = tmp_path / "Makefile"
    outer.write_text(f"all:\n\t@{sys.executable} -m harness.bootstrap help\n", encoding="utf-8")
    done = run_make("-f", str(outer), "all", "FOO=1")
    assert done.returncode == 0, done.stderr
