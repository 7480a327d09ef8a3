"""`compare`: two runs or groups beside each other."""

import os

import click

from harness.commands.output import get_width, going_on
from harness.compare import comparison
from harness.report.pages import comparison_page, results_folder
from harness.report.render import markdown, terminal
from harness.system import paths
from harness.system.verbs import Format


def run(a: str, b: str, form: str, *, anyway: bool, marked: bool) -> None:
    """Print a comparison and write its page; raise Inconclusive where it would mean nothing."""
    compared = comparison.compare(
        comparison.choose(paths.RESULTS, a, marked=marked),
        comparison.choose(paths.RESULTS, b, marked=marked),
        anyway,
    )
    chosen = Format(form)
    click.echo(render(compared, chosen).rstrip("\n"))
    with going_on():
        page = os.path.relpath(results_folder.write_comparison_pages(paths.RESULTS, compared))
        # The other formats are for a file or a program.
        click.echo(f"\nComparison: {page}", err=chosen is not Format.TERMINAL)


def render(compared: comparison.Comparison, form: Format) -> str:
    """Return a comparison in a format."""
    match form:
        case Format.TERMINAL:
            return terminal.render_report(
                comparison_page.create_comparison_page(compared), get_width()
            )
        case Format.MARKDOWN:
            return markdown.render_report(comparison_page.create_comparison_page(compared))
        case Format.JSON:
            return compared.model_dump_json(indent=2)
        case Format.CSV:
            return comparison_page.render_csv(compared)
