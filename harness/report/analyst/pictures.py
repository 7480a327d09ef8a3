"""Charts of the analyst's answers, each with its answer as the data."""

from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass
from functools import partial

from harness.record.models import Answer
from harness.report.analyst import proportion
from harness.report.analyst.rules import hours
from harness.report.analyst.rules.finding import (
    TallyRow,
    format_percent,
    read_tally,
    shorten_name,
)
from harness.report.render import answers, charts, document
from harness.system import units

MOST_BARS = 20
MOST_COLUMNS = 24
MOST_ROWS = 6
FROM = "from, UTC"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of rows: its title, what is to be seen, and how it is drawn."""

    title: str
    caption: str
    draw: Callable[[], str]


def create_figure(answer: Answer) -> document.Figure | None:
    """Create the figure of an answer; return None where there is nothing to draw."""
    if answer.query not in _PICTURES:
        return None
    names, numbers, picture = _PICTURES[answer.query]
    found = read_tally(answer, names, numbers)
    drawn = picture(found.rows) if found and found.rows else None
    if drawn is None:
        return None
    return document.Figure(
        drawn.title, drawn.caption, drawn.draw, answers.create_answer_table(answer)
    )


def draw_coupon_rates(rows: Sequence[TallyRow]) -> Picture | None:
    """Draw the rate of each menu and its interval, beside the rate of all."""
    kept = _largest([row for row in rows if 0 < row.numbers[0] >= row.numbers[1]])
    if not kept:
        return None
    orders, used = (sum(row.numbers[place] for row in rows) for place in (0, 1))
    intervals = []
    for row in kept:
        (menu,), (of_menu, with_coupon) = row.names, row.numbers
        rate = proportion.estimate_share(with_coupon, of_menu, len(rows))
        text = f"{format_percent(rate.value)} of {units.format_count(of_menu)}"
        value, low, high = (100 * part for part in (rate.value, rate.low, rate.high))
        intervals.append(charts.Interval(menu, value, low, high, text=text))
    caption = (
        f"The share of each menu's orders that had a coupon, with its interval; the line is that "
        f"of all, {format_percent(used / orders)}.{_some(kept, rows, 'menus')}"
    )
    return Picture(
        "Coupon rate by menu",
        caption,
        lambda: charts.draw_intervals(intervals, "% of the orders", 100 * used / orders),
    )


def draw_by_hour(rows: Sequence[TallyRow], things: str) -> Picture:
    """Draw orders or logins by hour of the day."""
    counts = {row.numbers[0]: row.numbers[1] for row in rows}
    values = {hours.format_hour(hour): counts.get(hour, 0) for hour in _span(counts)}
    hour, part = _most(values, things)
    caption = f"{part} are of the hour from {hour} on, the most of any hour."
    return _columns(f"{things.capitalize()} by hour", values, things, caption, FROM)


def draw_orders_by_menu_and_hour(rows: Sequence[TallyRow]) -> Picture:
    """Draw orders by hour of the day, a row for each menu."""
    menus: dict[str, dict[int, int]] = {}
    for row in rows:
        hour, orders = row.numbers
        menus.setdefault(row.names[0], {})[hour] = orders
    ranked = sorted(menus, key=lambda menu: -sum(menus[menu].values()))
    span = _span(hour for counts in menus.values() for hour in counts)
    shown = ranked[:MOST_ROWS]
    counts = {menu: [menus[menu].get(hour, 0) for hour in span] for menu in shown}
    peaks = "; ".join(
        f"{shorten_name(menu)} {hours.format_hour(max(numbers, key=lambda hour: numbers[hour]))}"
        for menu, numbers in ((menu, menus[menu]) for menu in shown)
    )
    return Picture(
        "Orders by hour and menu",
        f"In each row the highest is that menu's own most; it has the most from: {peaks}."
        f"{_some(shown, ranked, 'menus')}",
        lambda: charts.draw_rows([*map(hours.format_hour, span)], counts, FROM),
    )


def draw_profiles_by_month(rows: Sequence[TallyRow]) -> Picture:
    """Draw the profiles created in each month."""
    months = _by_name(rows)
    month, part = _most(months, "profiles")
    return _columns(
        "Profiles by month", months, "profiles", f"{part} are of {month}, the most of any month."
    )


def draw_searches_and_orders(rows: Sequence[TallyRow]) -> Picture:
    """Draw searches beside orders, a pair of bars for each menu."""
    kept = _largest(rows)
    rates = {
        row.names[0]: f"{row.numbers[1] / row.numbers[0]:.3f}" if row.numbers[0] else units.NONE
        for row in kept
    }
    told = "; ".join(f"{shorten_name(menu)} {rate}" for menu, rate in rates.items())
    bars = {
        "searches": [row.numbers[0] for row in kept],
        "orders": [row.numbers[1] for row in kept],
    }
    return Picture(
        "Searches beside orders",
        f"Orders for a search, in brackets on the chart: {told}.{_some(kept, rows, 'menus')}",
        lambda: charts.draw_bars(
            [f"{shorten_name(menu)} ({rate})" for menu, rate in rates.items()], bars, "events"
        ),
    )


def draw_ratings_by_stars(rows: Sequence[TallyRow]) -> Picture:
    """Draw ratings by number of stars."""
    stars = _by_name(rows)
    number, part = _most(stars, "ratings")
    caption = f"{part} have {number} stars, the most of any number."
    return _columns("Ratings by stars", stars, "ratings", caption, "stars")


def draw_top_raters(rows: Sequence[TallyRow]) -> Picture:
    """Draw the users who rated most."""
    users = _by_name(rows)
    user, _ = _most(users, "ratings")
    caption = f"{user} rated {units.format_count(max(users.values()))} times, the most of any user."
    return _columns("Users who rated most", users, "ratings", caption)


_Picture = Callable[[Sequence[TallyRow]], Picture | None]
_PICTURES: dict[str, tuple[tuple[str, ...], tuple[str, ...], _Picture]] = {
    "2_coupon_rate_by_menu": (("menu",), ("orders", "coupon_orders"), draw_coupon_rates),
    "3_orders_by_hour": ((), ("hour", "orders"), partial(draw_by_hour, things="orders")),
    "3_orders_by_menu_and_hour": (("menu",), ("hour", "orders"), draw_orders_by_menu_and_hour),
    "4_logins_by_hour": ((), ("hour", "logins"), partial(draw_by_hour, things="logins")),
    "5_profiles_by_month": (("month",), ("profiles",), draw_profiles_by_month),
    "6_conversion_by_menu": (("menu",), ("searches", "orders"), draw_searches_and_orders),
    "7_ratings_by_stars": (("stars",), ("ratings",), draw_ratings_by_stars),
    "8_top_raters": (("uid",), ("ratings",), draw_top_raters),
}
"""By query, the names and the numbers that a picture takes."""


def _columns(
    title: str, values: dict[str, int], things: str, caption: str, axis: str = ""
) -> Picture:
    """Draw columns in the order of the names, at most `MOST_COLUMNS`."""
    shown = dict([*values.items()][:MOST_COLUMNS])
    return Picture(
        title,
        caption + _some(shown, values, "columns"),
        lambda: charts.draw_columns([*shown], [*shown.values()], things, axis),
    )


def _most(values: dict[str, int], things: str) -> tuple[str, str]:
    """Return the name of the largest, and its part as `4,211 of 14,118 logins (30 %)`."""
    name = max(values, key=lambda name: values[name])
    most, total = values[name], sum(values.values())
    part = units.format_share(most, total)
    return shorten_name(
        name
    ), f"{units.format_count(most)} of {units.format_count(total)} {things} ({part})"


def _by_name(rows: Sequence[TallyRow]) -> dict[str, int]:
    return {row.names[0]: row.numbers[0] for row in rows}


def _span(found: Iterable[int]) -> list[int]:
    """Return the hours from the first to the last, without gaps."""
    every = {*found}
    return sorted(every.union(range(min(every), min(max(every), 24))))


def _largest(rows: Sequence[TallyRow]) -> list[TallyRow]:
    """Return the rows with the largest first number, the largest first."""
    return sorted(rows, key=lambda row: -row.numbers[0])[:MOST_BARS]


def _some(shown: Sized, every: Sized, things: str) -> str:
    """Return a sentence with the number of things left out; empty for none."""
    more = len(every) - len(shown)
    return f" {more:,} more {things} are in the data only." if more else ""
