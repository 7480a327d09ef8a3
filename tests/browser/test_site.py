"""The index, the history, a comparison and a check in a browser."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Locator, Page, expect

from harness.record import history
from tests.browser import look
from tests.browser.conftest import SCHEMES, WIDTHS, Scheme, Show
from tests.unit.harness.report import results

RUNS = 40


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of a results folder with everything in it."""
    folder = tmp_path_factory.mktemp("results")
    results.fill(folder, RUNS)
    return {
        "comparison": results.compare(folder),
        "check": results.keep_check(folder, results.checked()),
        "history": folder / "history.html",
        "index": folder / "index.html",
    }


@pytest.fixture
def index(site: dict[str, Path], show: Show) -> Page:
    return show(site["index"])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["comparison", "check", "history", "index"])
def test_a_page(site: dict[str, Path], show: Show, name: str, width: int, scheme: Scheme) -> None:
    page = show(site[name], width, scheme)

    look.check(page, f"{name}-{width}-{scheme}")


@pytest.mark.parametrize("name", ["comparison", "check", "history", "index"])
def test_every_link_leads_somewhere(site: dict[str, Path], show: Show, name: str) -> None:
    page = show(site[name])

    addresses = [link.get_attribute("href") or "" for link in page.locator("a[href]").all()]
    within = [address for address in addresses if address.startswith("#")]
    beside = [address for address in addresses if not address.startswith("#")]
    assert all(page.locator(address).count() == 1 for address in within)
    assert beside
    for address in beside:
        assert (site[name].parent / unquote(address)).is_file(), address


class TestCharts:
    def test_every_run_of_a_comparison_is_a_dot(self, site: dict[str, Path], show: Show) -> None:
        chart = show(site["comparison"]).locator("figure", has_text="Every run")

        # Two sides of five runs, on seven scales.
        expect(chart.locator(".mark use")).to_have_count(2 * 5 * 7)
        expect(chart.locator(".median")).to_have_count(2 * 7)

    def test_what_is_worse_is_seen_beside_its_limit(
        self, site: dict[str, Path], show: Show
    ) -> None:
        page = show(site["comparison"])

        chart = page.locator("figure", has_text="Headline figures")
        expect(chart.get_by_role("img").get_by_text("worse").first).to_be_visible()
        # Those of events per second and of CPU per 1,000 events.
        expect(chart.locator(".limit")).to_have_count(2)
        rate = chart.locator(".mark").first.bounding_box()
        limit = chart.locator(".limit").first.bounding_box()
        assert rate
        assert limit
        assert rate["x"] + rate["width"] < limit["x"]

    def test_a_check_has_its_intervals_and_all_runs(
        self, site: dict[str, Path], show: Show
    ) -> None:
        page = show(site["check"])

        limits = page.locator("figure", has_text="Against the limits")
        expect(limits.locator(".limit")).to_have_count(2)
        expect(limits.get_by_role("img").get_by_text("OVER THE LIMIT")).to_have_count(2)
        every = page.locator("figure", has_text="Every run")
        expect(every.locator(".mark use")).to_have_count(2 * 6 * 7)

    def test_every_run_of_a_series_is_a_dot(self, site: dict[str, Path], show: Show) -> None:
        entries = history.read_entries(site["history"].parent)
        number = sum(entry.branch == entries[-1].branch for entry in entries)

        chart = show(site["history"]).locator("figure", has_text="bench over time")

        expect(chart.locator(".mark use")).to_have_count(7 * number)
        expect(chart.locator(".median")).to_have_count(7)


class TestIndex:
    def test_without_scripts_it_is_whole(self, site: dict[str, Path], show: Show) -> None:
        page = show(site["index"], javascript=False)

        expect(runs(page)).to_have_count(RUNS)
        expect(page.get_by_role("searchbox")).to_have_count(0)
        expect(page.get_by_role("button")).to_have_count(0)

    def test_rows_are_chosen_by_status_and_profile(self, index: Page) -> None:
        index.get_by_label("status").select_option("valid")
        valid = runs(index).count()
        index.get_by_label("profile").select_option("smoke")

        assert 0 < runs(index).count() < valid < RUNS
        for row in runs(index).all():
            expect(row.get_by_role("cell").nth(0)).to_have_text("valid")
            expect(row.get_by_role("cell").nth(1)).to_have_text("smoke")
        expect(index.get_by_role("status")).to_have_text(f"{runs(index).count()} of {RUNS} shown")

        index.get_by_label("status").select_option("all")
        index.get_by_label("profile").select_option("all")
        expect(runs(index)).to_have_count(RUNS)

    def test_rows_are_searched_by_words(self, index: Page) -> None:
        index.get_by_role("searchbox").fill("After 0123")
        expect(runs(index)).to_have_count(5)

        index.get_by_role("searchbox").fill("nothing like it")
        expect(runs(index)).to_have_count(0)
        expect(index.get_by_role("status")).to_have_text(f"0 of {RUNS} shown")

    def test_rows_are_sorted_by_number_and_back(self, index: Page) -> None:
        head = index.get_by_role("columnheader", name="events/s")

        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", "descending")
        falling = numbers(index)
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", "ascending")
        rising = numbers(index)

        known = sorted(number for number in rising if number is not None)
        unknown: list[float | None] = [None] * (RUNS - len(known))
        assert len(known) > 1
        assert unknown
        assert rising == known + unknown
        assert falling == known[::-1] + unknown

    def test_rows_are_sorted_by_word_with_the_keyboard(self, index: Page) -> None:
        index.get_by_role("columnheader", name="run").get_by_role("button").focus()
        index.keyboard.press("Enter")

        names = [row.get_by_role("rowheader").inner_text() for row in runs(index).all()]
        assert names == sorted(names)

    def test_markup_in_a_reason_stays_text(self, index: Page) -> None:
        expect(runs(index).filter(has_text=results.MARKUP).first).to_be_visible()

    def test_printed_it_has_no_controls(self, index: Page) -> None:
        index.emulate_media(media="print")

        expect(index.get_by_role("searchbox")).to_have_count(0)
        expect(runs(index)).to_have_count(RUNS)


def runs(page: Page) -> Locator:
    """The rows of runs that are shown."""
    return page.get_by_role("table").first.locator("tbody tr:visible")


def numbers(page: Page) -> list[float | None]:
    """Events per second of each run, from above; null where none stands."""
    cells = [row.get_by_role("cell").nth(4).inner_text() for row in runs(page).all()]
    return [None if cell == "-" else float(cell.replace(",", "")) for cell in cells]
