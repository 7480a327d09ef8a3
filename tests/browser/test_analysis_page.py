"""The analyst's page in a browser: of a whole run, of wrong answers, and of odd ones."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from harness.record.models import Answer, Result
from harness.report.pages import run_folder
from tests.browser import look
from tests.browser.conftest import SCHEMES, WIDTHS, Scheme, Show
from tests.unit.harness.record import example, folders
from tests.unit.harness.report import odd

CHARTS = 8
WRONG = "row 4: expected ('13', '393'), found ('13', '3930')"


def answers(*wrong: str) -> tuple[Answer, ...]:
    """Those of a bench, as expected but for orders by hour."""
    return tuple(
        answer.model_copy(
            update={"differences": wrong if answer.query == "3_orders_by_hour" else ()}
        )
        for answer in example.answers()
    )


def _many() -> Result:
    """Of many menus with long names, at all hours, with large numbers."""
    menus = [f"{'Phở ' * 20}{number}" for number in range(60)]
    rows = [(menu, 90_000 + number, 80_000, 0.8) for number, menu in enumerate(menus)]
    every = [(hour, 123_456 + hour) for hour in range(24)]
    return example.result(
        answers=(
            example.answer("6_conversion_by_menu", "menu searches orders conversion", rows),
            example.answer("2_coupon_rate_by_menu", "menu orders coupon_orders coupon_rate", rows),
            example.answer(
                "3_orders_by_menu_and_hour",
                "menu hour orders",
                [(menu, hour, number) for menu in menus for hour, number in every],
            ),
            example.answer("4_logins_by_hour", "hour logins", every),
            example.answer("8_top_raters", "uid ratings", [("x" * 300, 7), ("y" * 300, 6)]),
        )
    )


RECORDS = {
    "whole": example.result(answers=answers()),
    "wrong": example.result(answers=answers(WRONG), status="invalid", reasons=("wrong",)),
    "many": _many(),
    **{name: odd.RECORDS[name].result for name in ("no-orders", "hostile", "nothing")},
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each record."""
    folder = tmp_path_factory.mktemp("runs")
    return {
        name: run_folder.write_run_pages(folders.lay(folder / name, record)).report.with_name(
            "analysis.html"
        )
        for name, record in RECORDS.items()
    }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_an_analysis(written: dict[str, Path], show: Show, width: int, scheme: Scheme) -> None:
    page = show(written["whole"], width, scheme)

    look.check(page, f"analysis-{width}-{scheme}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [name for name in RECORDS if name != "whole"])
def test_an_odd_analysis(written: dict[str, Path], show: Show, name: str, width: int) -> None:
    page = show(written[name], width)

    look.check(page, f"analysis-{name}-{width}")
    expect(page.get_by_role("heading", level=2).first).to_have_text("What follows for the business")


def test_charts_have_marks_where_there_are_values(written: dict[str, Path], show: Show) -> None:
    page = show(written["whole"])

    expect(page.get_by_role("img")).to_have_count(CHARTS)
    stars = page.locator("figure", has_text="Ratings by stars").locator(".mark").all()
    heights = [box["height"] for mark in stars if (box := mark.bounding_box())]
    # As the ratings of 1 to 5 stars are.
    assert heights[3] > heights[0] > heights[2] > heights[4] > heights[1] > 0
    assert heights[3] / heights[0] == pytest.approx(6243 / 1326, rel=0.05)


def test_what_is_wrong_is_told_first_and_beside_its_table(
    written: dict[str, Path], show: Show
) -> None:
    page = show(written["wrong"])

    expect(page.get_by_role("banner")).to_contain_text("3. Orders by hour: WRONG")
    orders = page.get_by_role("region", name="3. When people order")
    expect(orders).to_contain_text("Orders by hour, WRONG as listed below")
    expect(orders.get_by_role("cell", name="found ('13', '3930')")).to_be_visible()
    whole = show(written["whole"])
    expect(whole.locator("body")).not_to_contain_text("WRONG")


def test_it_and_the_run_s_page_lead_to_each_other(written: dict[str, Path], show: Show) -> None:
    page = show(written["whole"])

    address = page.get_by_role("link", name="The run's own report").get_attribute("href")

    assert address is not None
    run = show(written["whole"].parent / address)
    back = run.get_by_role("link", name="What the events say").get_attribute("href")
    assert back == written["whole"].name
