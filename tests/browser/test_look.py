"""What `look` finds fault with, on pages that have just that fault."""

from pathlib import Path

import pytest

from tests.browser import look
from tests.browser.conftest import Show

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head>
<body style="margin: 0"><main><h1>A page</h1>{}</main></body></html>"""
CHART = '<svg viewBox="0 0 200 100" width="200" role="img" aria-label="a chart">{}</svg>'


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page.html"


def test_a_page_without_a_fault(page: Path, show: Show) -> None:
    chart = CHART.format('<text x="9" y="20">above</text><text x="9" y="60">below</text>')
    page.write_text(PAGE.format(f"<p>Words</p>{chart}"), encoding="utf-8")

    look.check(show(page), "look")


def test_what_is_wider_than_the_page(page: Path, show: Show) -> None:
    page.write_text(PAGE.format('<p style="width: 500px">Words</p>'), encoding="utf-8")

    assert look.sideways(show(page, 360)) == 140


@pytest.mark.parametrize(
    "fault",
    [
        '<p style="width: 30px; overflow: hidden; white-space: nowrap">Words and words</p>',
        CHART.format('<text x="190" y="20">outside</text>'),
    ],
)
def test_text_that_is_cut(page: Path, show: Show, fault: str) -> None:
    page.write_text(PAGE.format(fault), encoding="utf-8")

    assert len(look.cut(show(page))) == 1


@pytest.mark.parametrize(
    "fault",
    [
        '<p>Words</p><p style="margin-top: -30px">more</p>',
        CHART.format('<text x="9" y="20">Words</text><text x="20" y="25">more</text>'),
    ],
)
def test_text_on_text(page: Path, show: Show, fault: str) -> None:
    page.write_text(PAGE.format(fault), encoding="utf-8")

    assert look.overlapping(show(page)) == [("Words", "more")]


def test_what_axe_finds(page: Path, show: Show) -> None:
    page.write_text(PAGE.format('<p style="color: #bbb">Faint</p><input>'), encoding="utf-8")

    faults = {fault.partition(":")[0] for fault in look.inaccessible(show(page))}

    assert faults == {"color-contrast", "label"}
