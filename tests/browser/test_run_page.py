"""A run's page in a browser: of a whole run, and of odd ones."""

from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from harness.report.pages import run_folder
from tests.browser import look
from tests.browser.conftest import SCHEMES, WIDTHS, Scheme, Show
from tests.unit.harness.record import example, folders
from tests.unit.harness.report import odd

PAGES = {"whole": odd.Odd(example.result(), "VALID"), **odd.RECORDS}
CHARTS = 8


def drawn(marks: Locator) -> list[FloatRect]:
    """The rectangles that the marks of a chart cover; at least one."""
    found = [box for mark in marks.all() if (box := mark.bounding_box()) is not None]
    assert found
    return found


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each record."""
    folder = tmp_path_factory.mktemp("runs")
    return {
        name: run_folder.write_run_pages(
            folders.lay(folder / name, record.result, record.seconds)
        ).report
        for name, record in PAGES.items()
    }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_run(written: dict[str, Path], show: Show, width: int, scheme: Scheme) -> None:
    page = show(written["whole"], width, scheme)

    look.check(page, f"run-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), [(WIDTHS[0], "light"), (WIDTHS[-1], "dark")])
@pytest.mark.parametrize("name", odd.RECORDS)
def test_an_odd_run(
    written: dict[str, Path], show: Show, name: str, width: int, scheme: Scheme
) -> None:
    page = show(written[name], width, scheme)

    look.check(page, f"run-{name}-{width}-{scheme}")
    expect(page.locator("body")).to_contain_text(
        odd.RECORDS[name].words.replace("&lt;", "<").replace("&gt;", ">")
    )


def test_charts_have_marks_where_there_are_values(written: dict[str, Path], show: Show) -> None:
    page = show(written["whole"])

    charts = page.get_by_role("img")
    expect(charts).to_have_count(CHARTS)
    for number in range(CHARTS):
        chart = charts.nth(number)
        assert chart.get_attribute("aria-label")
        assert all(mark["width"] + mark["height"] > 0 for mark in drawn(chart.locator(".mark")))
    # A bar for each service, in the order of their size.
    startup = page.locator("figure", has_text="Start-up by service")
    widths = [bar["width"] for bar in drawn(startup.locator(".mark"))]
    assert len(widths) == len(example.startup())
    assert widths == sorted(widths, reverse=True)


def test_a_missing_event_is_seen(written: dict[str, Path], show: Show) -> None:
    page = show(written["missing"])

    (bar,) = drawn(page.locator(".change"))
    assert bar["width"] > 20
    whole = show(written["whole"])
    assert whole.locator(".change").count() == 0


def test_data_unfolds_as_a_table(written: dict[str, Path], show: Show) -> None:
    page = show(written["whole"], 360)
    figure = page.locator("figure", has_text="CPU by service").first
    table = figure.get_by_role("table")

    expect(table).not_to_be_visible()
    figure.locator("summary").click()
    expect(table).to_be_visible()
    expect(table.get_by_role("columnheader")).to_have_count(10)
    expect(table.get_by_role("row")).to_have_count(40)
    assert look.sideways(page) == 0


def test_a_page_is_walked_through_by_the_keyboard(written: dict[str, Path], show: Show) -> None:
    page = show(written["whole"])

    page.keyboard.press("Tab")
    expect(page.get_by_text("To the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_every_link_leads_somewhere(written: dict[str, Path], show: Show) -> None:
    page = show(written["whole"])

    for link in page.get_by_role("link").all():
        address = link.get_attribute("href") or ""
        if address.startswith("#"):
            assert page.locator(address).count() == 1, address
        else:
            assert (written["whole"].parent / address).is_file(), address


def test_printed_it_is_whole(written: dict[str, Path], show: Show) -> None:
    page = show(written["whole"], 768, "dark")

    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert look.sideways(page) == 0
