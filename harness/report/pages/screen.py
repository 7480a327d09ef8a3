"""A run on one screen of a terminal; the rest is on its page."""

from collections.abc import Sequence

from harness.record.curves import Curves
from harness.record.models import Check, Counts, Result, Rung
from harness.report.pages import hints, tables
from harness.report.render import terminal
from harness.report.render.document import Section, Table, create_pairs_table, shorten, split_lines
from harness.system.units import format_optional

REASON_LINES = 4
TYPES = 3
FINDINGS = 4
BAR = 30
LONGEST = 60


def render_screen(result: Result, curves: Curves, page: str, width: int) -> str:
    """Render verdict, headline, ladder, budget, hints and the next command.

    At most 40 lines of 100 columns; `page` is the address of the run's page.
    """
    parts = (
        _headline(result),
        _ladder(result.counts),
        _budget(result),
        _next(hints.find_hints(result, curves)),
    )
    shown = [
        *terminal.wrap_text(tables.create_title(result), width),
        *terminal.wrap_text(tables.create_summary(result), width),
        *_reasons(result, width),
        *("\n" + terminal.render_section(part, width) for part in parts),
        "",
        f"Report: {page}",
        f"Next:   make open RUN={result.run_id}",
    ]
    return "\n".join(shown)


def render_ladder(counts: Counts, checks: Sequence[Check], width: int) -> str:
    """Render the count ladder and the checks made on it."""
    parts = (tables.create_ladder_section(counts), tables.create_checks_section(checks))
    return "\n\n".join(terminal.render_section(part, width) for part in parts)


def _reasons(result: Result, width: int) -> list[str]:
    wrapped = [
        line
        for reason in tables.list_reasons(result)
        for number, part in enumerate(split_lines(reason))
        for line in terminal.wrap_text(part, width, "  " if number else "- ")
    ]
    more = len(wrapped) - REASON_LINES
    return wrapped if more <= 0 else [*wrapped[:REASON_LINES], f"  … and {more} lines more"]


def _headline(result: Result) -> Section:
    """Return the headline without the rows that stand under the budget."""
    whole = tables.create_headline_section(result)
    (table,) = whole.tables
    used = dict(tables.create_budget_rows(result.budget, result.resources))
    rows = [(name, text) for name, text in table.rows if name not in used]
    return Section(whole.title, whole.lines, (create_pairs_table(rows),))


def _ladder(counts: Counts | None) -> Section:
    """Return the ladder of all events, by table, and by the first uneven types."""
    if counts is None:
        return tables.create_ladder_section(counts)
    whole, _ = tables.create_ladder_section(counts).tables
    amiss = [name for name, rung in counts.by_type.items() if not _even(rung)][:TYPES]
    rows = tuple(row for row in whole.rows if row[0] != "type" or row[1] in amiss)
    kinds = counts.model_dump(include=set(tables.KINDS))
    told = ", ".join(f"{number:,} {kind.replace('_', ' ')}" for kind, number in kinds.items())
    first = next((ids[0] for ids in counts.ids.values() if ids), None)
    told += format_optional(first, lambda event: f"; the first is {shorten(event, LONGEST)}", "")
    return Section("Count ladder", (f"{told}.",), (Table(whole.headers, rows, whole.align),))


def _even(rung: Rung) -> bool:
    steps = (rung.sent, rung.accepted, rung.kafka, rung.parquet, rung.presto)
    return len({step for step in steps if step is not None}) == 1


def _budget(result: Result) -> Section:
    """Return the used part of the budget as bars."""
    budget, used = result.budget, result.resources
    cores = used.total.cpu_cores_mean if used else None
    peak = budget.memory_peak_bytes
    rows = [
        ("CPU", _bar(cores, budget.vcpu)),
        ("memory", _bar(peak, budget.memory_bytes)),
    ]
    told = dict(tables.create_budget_rows(budget, used)).values()
    shown = [(name, f"{bar} {text}") for (name, bar), text in zip(rows, told, strict=True)]
    whole = tables.create_budget_section(budget, used)
    return Section(whole.title, whole.lines, (create_pairs_table(shown),))


def _bar(used: float | None, allowed: float) -> str:
    """Return a bar of the used share; a full bar is at the limit or beyond."""
    filled = 0 if used is None else min(BAR, round(BAR * used / allowed))
    return "█" * filled + "░" * (BAR - filled)


def _next(found: tuple[hints.Hint, ...]) -> Section:
    rows = [(shorten(f"{one.name}: {one.found}", LONGEST), one.figure) for one in found[:FINDINGS]]
    if not rows:
        return hints.create_hints_section(found)
    return Section("What to look at next", tables=(Table(("", ""), tuple(rows), "ll"),))
