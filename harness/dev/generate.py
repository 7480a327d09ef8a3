"""The committed files that are made from code: `python -m harness.dev.generate` writes them.

Given a baseline, as `results/baselines/bench-1a2b3c4d.json`, or records of faults in their order,
as `results/faults/<id>/faults.json`, it first puts these in the place of those in docs/.
"""

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from harness.compare import simulation
from harness.record import fault_record, metrics, noise_record, schema
from harness.report.pages import fault_page, noise_page
from harness.report.render import document, markdown
from harness.system import child_environment, paths, units, verbs

T = TypeVar("T")

NOISE = paths.DOCS / "noise.json"
FAULTS = paths.DOCS / "faults.json"
_FAULTS = TypeAdapter(tuple[fault_record.FaultsRecord, ...])

LISTS = """\
# From harness/system/verbs.py, by `python -m harness.dev.generate`.
VERBS := {verbs}
PARAMETERS := {parameters}
"""

GLOSSARY = """\
# Metrics

A run's figures, under `metrics` in its `result.json`; null is not measured, 0 is zero. Each is
declared in `harness/record/metrics.py`, and this page is made from there.

## Of the run

Of all services and the load tool together, where nothing else is said. *Valid only* are those that
a run that is not valid does not have. A check fails when one gets worse by more than its limit; one
without a limit never fails a check.

{whole}

## By service

The name of the service follows after a dot, as in `pss_peak_bytes.web`; `load_tool` and `harness`
stand among the services where they were measured. None of these has a limit.

{parts}
"""


def main(arguments: Sequence[str]) -> None:
    """Write every file anew, and the records first where their paths are given."""
    faults = []
    for path in map(Path, arguments):
        if path.name == FAULTS.name:
            faults.append(fault_record.FaultsRecord.model_validate_json(path.read_bytes()))
        else:
            noise = simulation.select_noise(noise_record.read_baseline(path))
            NOISE.write_text(noise.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if faults:
        FAULTS.write_bytes(_FAULTS.dump_json(tuple(faults)) + b"\n")
    for path, generate in FILES.items():
        path.write_text(generate(), encoding="utf-8")


def generate_lists() -> str:
    """Return the Makefile's lists from the table of verbs."""
    return LISTS.format(verbs=" ".join(verbs.VERBS), parameters=" ".join(verbs.PARAMETERS))


def generate_glossary() -> str:
    """Return the page that says what each metric means, from the registry."""
    whole = [metric for metric in metrics.METRICS.values() if metric.read]
    parts = [metric for metric in metrics.METRICS.values() if metric.by_service]
    whole_rows = tuple((*_metric(metric), _limit(metric), metric.description) for metric in whole)
    parts_rows = tuple((*_metric(metric), metric.description) for metric in parts)
    columns, meaning = ("metric", "unit", "better", "valid only"), "what it is"
    return GLOSSARY.format(
        whole=markdown.render_table(
            document.Table((*columns, "limit", meaning), whole_rows, "llllrl")
        ),
        parts=markdown.render_table(document.Table((*columns, meaning), parts_rows, "lllll")),
    )


def generate_rates() -> str:
    """Return docs/ci.md with the error rates that follow from the recorded noise."""
    rates = simulation.simulate_slowdowns(
        noise_record.Noise.model_validate_json(NOISE.read_bytes())
    )
    promise = markdown.escape_text(noise_page.describe_promise(rates))
    table = markdown.render_table(noise_page.create_rates_table(rates))
    return fill_place(paths.DOCS / "ci.md", "rates", f"{promise}\n\n{table}")


def generate_outcomes() -> str:
    """Return docs/faults.md with the tables of the last record, and of all if there are several."""
    records = _FAULTS.validate_json(FAULTS.read_bytes())
    last = records[-1].rows
    # The runs that the first table's rows lead to are not kept with the docs.
    events = replace(fault_page.create_events_table(last), addresses=())
    alike = [repeat_outcomes(records)] if len(records) > 1 else []
    tables = (
        events,
        *alike,
        fault_page.create_requests_table(last),
        fault_page.create_texts_table(last),
    )
    text = "\n\n".join(markdown.render_table(table) for table in tables)
    return fill_place(paths.DOCS / "faults.md", "outcomes", text)


def generate_inheritance() -> str:
    """Return docs/environment.md with the table of what each kind of program inherits."""
    children = child_environment.CHILDREN
    ours = child_environment.HARNESS
    rest = child_environment.Program(
        ours.names.difference(*(program.names for program in children.values())),
        tuple({*ours.prefixes}.difference(*(program.prefixes for program in children.values()))),
    )
    kinds = {**children, "the harness and its browser: all of these, and": rest}
    rows = tuple((kind, _list_names(program)) for kind, program in kinds.items())
    table = markdown.render_table(document.Table(("program", "inherits"), rows, "ll"))
    return fill_place(paths.DOCS / "environment.md", "programs", table)


def _list_names(program: child_environment.Program) -> str:
    # What they tell is for processes of ours.
    internal = {child_environment.TOKEN, child_environment.WITHHELD}
    names = program.names - child_environment.PLACES - internal
    return " ".join([*sorted(names), *(f"{prefix}…" for prefix in sorted(program.prefixes))])


def fill_place(page: Path, name: str, text: str) -> str:
    """Return a page with `text` between its comments `name` and `end of name`."""
    place = rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)"
    return re.sub(
        place, lambda _: f"\n{text}\n\n", page.read_text(encoding="utf-8"), flags=re.DOTALL
    )


def repeat_outcomes(records: Sequence[fault_record.FaultsRecord]) -> document.Table:
    """Return a row for each fault of all records; raise ValueError where their faults differ."""
    headers = ("fault, each time", "accepted", "missing", "doubled", "recovered after, s")
    rows = zip(*(record.rows for record in records), strict=True)
    return document.Table(headers, tuple(map(_repeat, rows)), "lrrrr")


def _repeat(rows: Sequence[fault_record.FaultRow]) -> tuple[str, ...]:
    names = {row.fault for row in rows}
    if len(names) > 1:
        raise ValueError(f"not the same fault: {', '.join(sorted(names))}")
    return (
        *names,
        _each((row.accepted for row in rows), units.format_count),
        _each((row.missing for row in rows), units.format_count),
        _each((row.duplicate for row in rows), units.format_count),
        _each((row.recovery_s for row in rows), units.format_tenths),
    )


def _each(values: Iterable[T | None], show: Callable[[T], str]) -> str:
    return " / ".join(units.format_optional(value, show, units.NONE) for value in values)


def _metric(metric: metrics.Metric) -> tuple[str, ...]:
    return (
        metric.name,
        metric.unit,
        metric.better or units.NONE,
        "yes" if metric.of_valid else units.NONE,
    )


def _limit(metric: metrics.Metric) -> str:
    return units.NONE if metric.limit is None else units.format_share(metric.limit, 1)


FILES = {
    paths.ROOT / "harness" / "system" / "verbs.mk": generate_lists,
    paths.DOCS / "metrics.md": generate_glossary,
    paths.DOCS / "ci.md": generate_rates,
    paths.DOCS / "faults.md": generate_outcomes,
    paths.DOCS / "environment.md": generate_inheritance,
    schema.PATH: schema.generate_schema,
}

if __name__ == "__main__":
    main(sys.argv[1:])
