"""The tables of docs/faults.md from docs/faults.json: `python -m harness.dev.outcomes`.

Given records, as `results/faults/<id>/faults.json`, in their order, it takes these first.
"""

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from harness.record.fault_record import FaultRow, FaultsRecord
from harness.report.pages import fault_page
from harness.report.render import markdown
from harness.report.render.document import Table
from harness.system import units
from harness.system.paths import DOCS

T = TypeVar("T")

PAGE = DOCS / "faults.md"
RECORDS = DOCS / "faults.json"
PLACE = re.compile(r"(?<=<!-- outcomes -->\n).*?(?=<!-- end of outcomes -->)", re.DOTALL)
_RECORDS = TypeAdapter(tuple[FaultsRecord, ...])


def main(arguments: Sequence[str]) -> None:
    """Write the page anew, and the records first where their paths are given."""
    if arguments:
        given = [FaultsRecord.model_validate_json(Path(path).read_bytes()) for path in arguments]
        RECORDS.write_bytes(_RECORDS.dump_json(tuple(given)) + b"\n")
    PAGE.write_text(generate(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def generate(page: str) -> str:
    """Return the page with the tables of the last record, and of all where there are several."""
    records = _RECORDS.validate_json(RECORDS.read_bytes())
    last = records[-1].rows
    # The runs that the first table's rows lead to are not kept with the docs.
    events = replace(fault_page.create_events_table(last), addresses=())
    alike = [repeated(records)] if len(records) > 1 else []
    tables = (
        events,
        *alike,
        fault_page.create_requests_table(last),
        fault_page.create_texts_table(last),
    )
    text = "\n\n".join(markdown.render_table(table) for table in tables)
    return PLACE.sub(lambda _: f"\n{text}\n\n", page)


def repeated(records: Sequence[FaultsRecord]) -> Table:
    """Return a row for each fault of all records; raise ValueError where their faults differ."""
    headers = ("fault, each time", "accepted", "missing", "doubled", "recovered after, s")
    rows = zip(*(record.rows for record in records), strict=True)
    return Table(headers, tuple(map(_line, rows)), "lrrrr")


def _line(rows: Sequence[FaultRow]) -> tuple[str, ...]:
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


if __name__ == "__main__":
    main(sys.argv[1:])
