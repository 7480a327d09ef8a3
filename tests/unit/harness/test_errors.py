import json
from pathlib import Path

import pytest

from harness import errors
from harness.errors import HarnessError

KINDS = {
    errors.Regression: 1,
    errors.UsageError: 2,
    errors.Missing: 3,
    errors.ServiceFailed: 4,
    errors.InvalidRun: 5,
    errors.OverBudget: 6,
    errors.Inconclusive: 7,
    errors.InternalError: 70,
}


def test_each_cause_has_its_exit_code() -> None:
    assert {kind: kind.exit_code for kind in HarnessError.__subclasses__()} == KINDS


def test_text_says_what_why_what_to_do_and_where() -> None:
    error = HarnessError("It broke.", why="it was thin", do="mend it", log=Path("a.log"))
    assert str(error) == "It broke.\n  why: it was thin\n  do:  mend it\n  log: a.log"


def test_text_leaves_out_what_is_not_known() -> None:
    assert str(HarnessError("It broke.")) == "It broke."
    assert str(HarnessError("It broke.", do="mend it")) == "It broke.\n  do:  mend it"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("log", [None, Path("a folder") / "a.log"])
def test_error_travels_as_json(kind: type[HarnessError], log: Path | None) -> None:
    error = kind("It broke.", why="why", do="mend it", log=log)
    arrived = HarnessError.from_dict(json.loads(json.dumps(error.as_dict())))
    assert type(arrived) is kind
    assert arrived.exit_code == KINDS[kind]
    assert str(arrived) == str(error)
    assert arrived.log == log


@pytest.mark.parametrize(
    ("codes", "first"),
    [
        ([5, 6], 6),
        ([4, 5, 6], 6),
        ([7, 5], 5),
        ([1, 7], 7),
        ([6, 70], 70),
        ([6, 70, 130], 130),
        ([5, 3], 3),
        ([], None),
    ],
)
def test_the_error_that_counts_first_ends_a_verb(codes: list[int], first: int | None) -> None:
    kinds = {code: kind for kind, code in KINDS.items()}
    made = [KeyboardInterrupt() if code == 130 else kinds[code]("It broke.") for code in codes]
    chosen = errors.choose_error(made)
    assert (None if chosen is None else errors.get_exit_code(chosen)) == first
