"""Charts of the analyst's answers, each with its answer as the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass

from harness.record.models import Answer
from harness.report.analyst import proportion, tally
from harness.report.analyst.rules import hours
from harness.report.analyst.rules.finding import called, percent
from harness.report.analyst.tally import Row
from harness.report.pages import tables
from harness.report.render import charts, formats
from harness.report.render.charts import Interval
from harness.report.render.document import Figure

MOST_BARS = 20
MOST_COLUMNS = 24
MOST_ROWS = 6
FROM = "from, UTC"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture of rows: its title, what is to be seen, and how it is drawn."""

    title: str
    caption: str
    draw: Callable[[], str]


def of(answer: Answer) -> Figure | None:
    """The picture of an answer; null where there is none of it, or nothing to draw."""
    if answer.query not in _PICTURES:
        return None
    names, numbers, picture = _PICTURES[answer.query]
    found = tally.read(answer, names, numbers)
    drawn = picture(found.rows) if found and found.rows else None
    if drawn is None:
        return None
    return Figure(drawn.title, drawn.caption, drawn.draw, tables.of_answer(answer))


def coupon_rates(rows: Sequence[Row]) -> Drawn | None:
    """The rate of each menu and its interval, beside that of all."""
    kept = _largest([row for row in rows if 0 < row.numbers[0] >= row.numbers[1]])
    if not kept:
        return None
    orders, used = (sum(row.numbers[place] for row in rows) for place in (0, 1))
    intervals = []
    for row in kept:
        (menu,), (of_menu, with_coupon) = row.names, row.numbers
        rate = proportion.share(with_coupon, of_menu, len(rows))
        text = f"{percent(rate.value)} of {formats.count(of_menu)}"
        value, low, high = (100 * part for part in (rate.value, rate.low, rate.high))
        intervals.append(Interval(menu, value, low, high, text=text))
    caption = (
        f"The share of each menu's orders that had a coupon, with its interval; the line is that "
        f"of all, {percent(used / orders)}.{_some(kept, rows, 'menus')}"
    )
    return Drawn(
        "Coupon rate by menu",
        caption,
        lambda: charts.intervals(intervals, "% of the orders", 100 * used / orders),
    )


def orders_by_hour(rows: Sequence[Row]) -> Drawn:
    """Orders by hour of the day."""
    return _by_hour("Orders by hour", rows, "orders")


def logins_by_hour(rows: Sequence[Row]) -> Drawn:
    """Logins by hour of the day."""
    return _by_hour("Logins by hour", rows, "logins")


def orders_by_menu_and_hour(rows: Sequence[Row]) -> Drawn:
    """Orders by hour of the day, a row for each menu."""
    menus: dict[str, dict[int, int]] = {}
    for row in rows:
        hour, orders = row.numbers
        menus.setdefault(row.names[0], {})[hour] = orders
    ranked = sorted(menus, key=lambda menu: -sum(menus[menu].values()))
    span = _span(hour for counts in menus.values() for hour in counts)
    shown = ranked[:MOST_ROWS]
    counts = {menu: [menus[menu].get(hour, 0) for hour in span] for menu in shown}
    peaks = "; ".join(
        f"{called(menu)} {hours.clock(max(menus[menu], key=lambda hour: menus[menu][hour]))}"
        for menu in shown
    )
    return Drawn(
        "Orders by hour and menu",
        f"In each row the highest is that menu's own most; it has the most from: {peaks}."
        f"{_some(shown, ranked, 'menus')}",
        lambda: charts.rows([*map(hours.clock, span)], counts, FROM),
    )


def profiles_by_month(rows: Sequence[Row]) -> Drawn:
    """Profiles created in each month."""
    months = _by_name(rows)
    month, part = _most(months, "profiles")
    return _columns(
        "Profiles by month", months, "profiles", f"{part} are of {month}, the most of any month."
    )


def searches_and_orders(rows: Sequence[Row]) -> Drawn:
    """Searches beside orders, a pair of bars for each menu."""
    kept = _largest(rows)
    rates = {
        row.names[0]: f"{row.numbers[1] / row.numbers[0]:.3f}" if row.numbers[0] else formats.NONE
        for row in kept
    }
    told = "; ".join(f"{called(menu)} {rate}" for menu, rate in rates.items())
    bars = {
        "searches": [row.numbers[0] for row in kept],
        "orders": [row.numbers[1] for row in kept],
    }
    return Drawn(
        "Searches beside orders",
        f"Orders for a search, in brackets on the chart: {told}.{_some(kept, rows, 'menus')}",
        lambda: charts.bars(
            [f"{called(menu)} ({rate})" for menu, rate in rates.items()], bars, "events", True
        ),
    )


def ratings_by_stars(rows: Sequence[Row]) -> Drawn:
    """Ratings by number of stars."""
    stars = _by_name(rows)
    number, part = _most(stars, "ratings")
    caption = f"{part} have {number} stars, the most of any number."
    return _columns("Ratings by stars", stars, "ratings", caption, "stars")


def top_raters(rows: Sequence[Row]) -> Drawn:
    """The users who rated most."""
    users = _by_name(rows)
    user, _ = _most(users, "ratings")
    caption = f"{user} rated {formats.count(max(users.values()))} times, the most of any user."
    return _columns("Users who rated most", users, "ratings", caption)


_Picture = Callable[[Sequence[Row]], Drawn | None]
_PICTURES: dict[str, tuple[tuple[str, ...], tuple[str, ...], _Picture]] = {
    "2_coupon_rate_by_menu": (("menu",), ("orders", "coupon_orders"), coupon_rates),
    "3_orders_by_hour": ((), ("hour", "orders"), orders_by_hour),
    "3_orders_by_menu_and_hour": (("menu",), ("hour", "orders"), orders_by_menu_and_hour),
    "4_logins_by_hour": ((), ("hour", "logins"), logins_by_hour),
    "5_profiles_by_month": (("month",), ("profiles",), profiles_by_month),
    "6_conversion_by_menu": (("menu",), ("searches", "orders"), searches_and_orders),
    "7_ratings_by_stars": (("stars",), ("ratings",), ratings_by_stars),
    "8_top_raters": (("uid",), ("ratings",), top_raters),
}
"""By query, the names and the numbers that a picture takes."""


def _by_hour(title: str, rows: Sequence[Row], things: str) -> Drawn:
    counts = {row.numbers[0]: row.numbers[1] for row in rows}
    values = {hours.clock(hour): counts.get(hour, 0) for hour in _span(counts)}
    hour, part = _most(values, things)
    caption = f"{part} are of the hour from {hour} on, the most of any hour."
    return _columns(title, values, things, caption, FROM)


def _columns(
    title: str, values: dict[str, int], things: str, caption: str, axis: str = ""
) -> Drawn:
    """Columns in the order of the names; of too many, the first."""
    shown = dict([*values.items()][:MOST_COLUMNS])
    return Drawn(
        title,
        caption + _some(shown, values, "columns"),
        lambda: charts.columns([*shown], [*shown.values()], things, axis),
    )


def _most(values: dict[str, int], things: str) -> tuple[str, str]:
    """The name of the largest, and its part of all as `4,211 of 14,118 logins (30 %)`."""
    name = max(values, key=lambda name: values[name])
    most, total = values[name], sum(values.values())
    part = formats.share(most, total)
    return called(name), f"{formats.count(most)} of {formats.count(total)} {things} ({part})"


def _by_name(rows: Sequence[Row]) -> dict[str, int]:
    return {row.names[0]: row.numbers[0] for row in rows}


def _span(found: Iterable[int]) -> list[int]:
    """The hours from the first to the last, those without a row between them too."""
    every = {*found}
    return sorted(every.union(range(min(every), min(max(every), 24))))


def _largest(rows: Sequence[Row]) -> list[Row]:
    """The rows with the largest first number, the largest first."""
    return sorted(rows, key=lambda row: -row.numbers[0])[:MOST_BARS]


def _some(shown: Sized, every: Sized, things: str) -> str:
    """That there are more than are shown, where there are."""
    more = len(every) - len(shown)
    return f" {more:,} more {things} are in the data only." if more else ""
