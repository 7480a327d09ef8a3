"""The analyst's page: what Presto answered, whether that is right, and what follows from it.

`python -m harness.report.analyst.analysis FOLDER` prints it, of the run in `FOLDER`, as a JSON
object of its forms by their file's ending.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from harness.record import store
from harness.record.models import Answer, Result
from harness.report.analyst import conclusions, pictures
from harness.report.render import answers, html, markdown
from harness.report.render.document import Link, Report, Section, Table, create_pairs_table
from harness.system import crash

GROUPS = {
    "1": "What happened how often",
    "2": "Orders and coupons",
    "3": "When people order",
    "4": "When people log in",
    "5": "New profiles",
    "6": "From search to order",
    "7": "Ratings",
    "8": "Who rates most",
}
"""The titles of the groups of queries, by the number that their names begin with."""
METHOD = (
    "All intervals of a table hold together in 95 % of cases (Bonferroni): of a share Wilson's, of "
    "orders for a search by the share of orders in both, of a difference Newcombe's. A rule "
    "concludes where a whole interval is beyond its threshold, and from fewer events than it says "
    "it concludes nothing."
)
MOST_DIFFERENCES = 20


def create_analysis_page(result: Result) -> Report:
    """Create the analyst's page of a run."""
    drawn = conclusions.apply_rules(result.answers)
    return Report(
        title=f"What the events of run {result.run_id} say",
        summary=_summary(result.answers),
        reasons=(
            *_warnings(result),
            *(_failure(answer) for answer in result.answers if answer.differences),
        ),
        sections=(
            _business(drawn, result.answers),
            *_groups(result.answers, drawn),
            Section("How it is concluded", (METHOD,)),
        ),
        links=(Link("The run's own report", "report.html"),),
    )


def _summary(given: Sequence[Answer]) -> str:
    if not given:
        return "Presto was not asked: the run ended before."
    text = (
        f"Presto's answers by SQL over the two tables, {len(given)} in all (sql/report/); hours "
        "and months are in UTC."
    )
    if all(answer.differences == () for answer in given):
        return f"{text} Row by row they are what follows from the events, worked out without it."
    return text


def _warnings(result: Result) -> list[str]:
    if result.status == "valid":
        return []
    return [f"The run is not valid ({result.status}): its events may not all be in these figures."]


def _failure(answer: Answer) -> str:
    differences = answer.differences or ()
    places = "1 place" if len(differences) == 1 else f"{len(differences):,} places"
    return f"{answers.format_question(answer)}: WRONG, not the expected answer in {places}."


def _business(drawn: Sequence[conclusions.Conclusion], given: Sequence[Answer]) -> Section:
    """Return the section that lists the conclusions."""
    title = "What follows for the business"
    if not given:
        return Section(title, ("Nothing: there are no answers.",))
    doubts = {answer.query: _doubt(answer) for answer in given}
    rows = [
        (_title(one.subject), f"{one.finding.text}{doubts.get(one.query, '')}") for one in drawn
    ]
    line = "Drawn from the figures by rules, which stand beside them below."
    return Section(title, (line,), (create_pairs_table(rows),))


def _groups(given: Sequence[Answer], drawn: Sequence[conclusions.Conclusion]) -> Iterable[Section]:
    ordered = sorted(given, key=_group)
    return (_section(number, [*answers], drawn) for number, answers in groupby(ordered, key=_group))


def _group(answer: Answer) -> str:
    return answer.query.partition("_")[0]


def _section(
    number: str, given: Sequence[Answer], drawn: Sequence[conclusions.Conclusion]
) -> Section:
    """Return a group's section: conclusions, rules, check, pictures and tables."""
    asked = {answer.query for answer in given}
    own = [one for one in drawn if one.query in asked]
    doubts = {answer.query: _doubt(answer) for answer in given}
    figures = {answer.query: pictures.create_figure(answer) for answer in given}
    return Section(
        f"{number}. {GROUPS.get(number, 'Other questions')}",
        lines=(
            *(f"{_title(one.subject)}: {one.finding.text}{doubts[one.query]}" for one in own),
            *(f"Rule for {one.subject}. {one.finding.rule}" for one in own),
            f"Checked: {'; '.join(_checked(answer) for answer in given)}.",
        ),
        tables=(
            *(_differences(answer) for answer in given if answer.differences),
            *(one.finding.judged for one in own if one.finding.judged is not None),
            *(
                answers.create_answer_table(answer)
                for answer in given
                if figures[answer.query] is None
            ),
        ),
        figures=tuple(figure for figure in figures.values() if figure is not None),
    )


def _doubt(answer: Answer) -> str:
    """Return a warning for a conclusion whose answer is not known to be right."""
    if answer.differences is None:
        return " Its figures were not checked."
    return " Its figures are WRONG: not the expected ones." if answer.differences else ""


def _checked(answer: Answer) -> str:
    """Describe the comparison with the expected answer."""
    name = answers.format_question(answer).partition(" ")[2]
    if answer.differences is None:
        return f"{name}, not compared with any answer"
    if answer.differences:
        return f"{name}, WRONG as listed below"
    rows = {0: "no row", 1: "1 row"}.get(len(answer.rows), f"all {len(answer.rows):,} rows")
    return f"{name}, {rows} as expected"


def _differences(answer: Answer) -> Table:
    """List the first places where the answer is not the expected one."""
    found = answer.differences or ()
    rows = [line.partition(": ")[::2] for line in found[:MOST_DIFFERENCES]]
    if len(found) > len(rows):
        rows.append(("…", f"{len(found) - len(rows):,} more, in result.json"))
    title = f"{answers.format_question(answer)}: not as expected"
    return Table(("where", "difference"), tuple(rows), "ll", title)


def _title(subject: str) -> str:
    return subject[:1].upper() + subject[1:]


def main(folder: Path) -> int:
    """Print the page of the run in `folder`; raise UsageError where there is no run."""
    made = create_analysis_page(store.read_result(folder))
    json.dump({"md": markdown.render_report(made), "html": html.render_report(made)}, sys.stdout)
    return 0


if __name__ == "__main__":
    crash.run_process(lambda: main(Path(sys.argv[1])))
