from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.config import GIB
from harness.report import text
from harness.report.text import NONE


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, NONE),
        (0.0, "0"),
        (0.381, "0.38"),
        (9.994, "9.99"),
        (9.996, "10.0"),
        (99.96, "100"),
        (2831.45, "2,831"),
    ],
)
def test_numbers_have_three_digits_that_matter(value: float | None, shown: str) -> None:
    assert text.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, NONE),
        (0, "0 MiB"),
        (380 * 2**20, "380 MiB"),
        (GIB, "1.00 GiB"),
        (int(3.25 * GIB), "3.25 GiB"),
    ],
)
def test_sizes_have_their_unit(value: int | None, shown: str) -> None:
    assert text.size(value) == shown


def test_what_is_not_measured_is_not_zero() -> None:
    assert (text.count(None), text.count(0)) == (NONE, "0")
    assert (text.seconds(None), text.seconds(0)) == (NONE, "0 s")
    assert (text.yes(None), text.yes(False)) == (NONE, "no")


def test_latencies_stand_side_by_side() -> None:
    assert text.milliseconds(4.83, 1204.3) == "4.83 / 1,204 ms"


def test_control_characters_are_shown_as_escapes() -> None:
    assert text.printable("a\x1b[31m\nb\u202e\x9b") == r"a\x1b[31m\nb\u202e\x9b"


def test_long_text_is_cut() -> None:
    assert text.printable("x" * text.LONGEST) == "x" * text.LONGEST
    assert text.printable("x" * 10_000) == "x" * (text.LONGEST - 1) + "…"


@settings(deadline=None)
@given(st.text())
def test_any_text_becomes_printable(anything: str) -> None:
    assert text.printable(anything).isprintable()
