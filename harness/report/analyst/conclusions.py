"""What follows for the business from the answers, by rules: other figures, other words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from harness.record.models import Answer
from harness.report.analyst.rules import coupons, demand, hours, shares
from harness.report.analyst.rules.finding import AnswerTally, RuleFinding, TallyRow, read_tally


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it is about, and the query and the columns that it takes."""

    subject: str
    query: str
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    conclude: Callable[[Sequence[TallyRow]], RuleFinding]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows about a subject from the answer to a query."""

    subject: str
    query: str
    finding: RuleFinding


RULES = (
    Rule(
        "menus searched for and not ordered",
        "6_conversion_by_menu",
        ("menu",),
        ("searches", "orders"),
        demand.conclude_unwanted,
    ),
    Rule(
        "menus to show to more people",
        "6_conversion_by_menu",
        ("menu",),
        ("searches", "orders"),
        demand.conclude_overlooked,
    ),
    Rule(
        "hours to staff",
        "3_orders_by_hour",
        (),
        ("hour", "orders"),
        partial(hours.conclude_busy_hours, things="orders"),
    ),
    Rule(
        "hours to advertise in",
        "4_logins_by_hour",
        (),
        ("hour", "logins"),
        partial(hours.conclude_busy_hours, things="logins"),
    ),
    Rule(
        "where coupons work",
        "2_coupon_rate_by_menu",
        ("menu",),
        ("orders", "coupon_orders"),
        coupons.conclude_coupons,
    ),
    Rule(
        "one-star ratings",
        "7_ratings_by_stars",
        ("stars",),
        ("ratings",),
        shares.conclude_one_star,
    ),
    Rule(
        "new profiles", "5_profiles_by_month", ("month",), ("profiles",), shares.conclude_profiles
    ),
)


def apply_rules(given: Iterable[Answer]) -> tuple[Conclusion, ...]:
    """Apply every rule to the answers given."""
    answers = {answer.query: answer for answer in given}
    return tuple(
        Conclusion(rule.subject, rule.query, _apply(rule, answers.get(rule.query)))
        for rule in RULES
    )


def _apply(rule: Rule, answer: Answer | None) -> RuleFinding:
    found = None if answer is None else read_tally(answer, rule.names, rule.numbers)
    if found is None:
        text = f"Not known: {rule.query} was not answered."
        return RuleFinding(text, rule.conclude(()).rule)
    made = rule.conclude(found.rows)
    return RuleFinding(made.text + _left_out(found), made.rule, made.judged)


def _left_out(found: AnswerTally) -> str:
    rows = "row" if found.left_out == 1 else "rows"
    return f" Left out: {found.left_out} {rows} with a NULL." if found.left_out else ""
