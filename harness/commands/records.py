"""What the verbs do that read what earlier runs have left: no cluster, no load."""

from __future__ import annotations

import os
import shutil
import webbrowser
from collections.abc import Callable

import click

from harness.compare import comparison
from harness.compare.comparison import Comparison
from harness.errors import Missing, UsageError
from harness.record import history as trail
from harness.record import store
from harness.record.index import HISTORY_PAGE
from harness.report.pages import comparison_page, history_page, results_folder, run_folder, screen
from harness.report.pages.run_folder import Pages
from harness.report.render import markdown, terminal
from harness.system.paths import RESULTS, ROOT

EXAMPLE = ROOT / "docs" / "example"
PIPED_COLUMNS = 100


def report(name: str) -> None:
    """Makes a run's pages anew from its folder, and shows it."""
    made = run_folder.write(store.find(RESULTS, name))
    results_folder.refresh(RESULTS)
    show(made)


def open_(name: str) -> None:
    """Opens a run's page in the browser; raises Missing where none opens."""
    folder = store.find(RESULTS, name)
    page = folder / run_folder.PAGE
    if not page.exists():
        run_folder.write(folder)
    click.echo(page)
    if not webbrowser.open(page.resolve().as_uri()):
        raise Missing("No browser opens here.", do=f"open {page} in one, here or elsewhere")


def example(name: str) -> None:
    """Makes docs/example anew from a run."""
    # Here: no other verb needs a browser's library.
    from harness.dev import example as made  # noqa: PLC0415

    made.make(store.find(RESULTS, name), EXAMPLE)
    click.echo(os.path.relpath(EXAMPLE / run_folder.PAGE))


def compare(a: str, b: str, form: str, anyway: bool) -> None:
    """Shows two runs or groups beside each other."""
    made = comparison.compare(comparison.choose(RESULTS, a), comparison.choose(RESULTS, b), anyway)
    page = os.path.relpath(results_folder.compared(RESULTS, made))
    click.echo(FORMS[form](made).rstrip("\n"))
    # What is printed in the other forms is for a file or a program.
    click.echo(f"\nComparison: {page}", err=form != "terminal")


def history(profile: str | None) -> None:
    """Shows the valid runs that were made like the newest one, or the newest of a profile."""
    results_folder.refresh(RESULTS)
    entries = trail.entries(RESULTS)
    newest = history_page.newest(entries, profile)[:1]
    if not newest:
        raise UsageError("There is no valid run in the history.", do="`make bench` makes one")
    others, gone = len(entries) - len(newest[0]), len(trail.withdrawn(RESULTS))
    click.echo(terminal.page(history_page.report(newest, others, gone), width()))
    click.echo(f"\nHistory: {os.path.relpath(RESULTS / HISTORY_PAGE)}")


def withdraw(reference: str, reason: str) -> None:
    """Takes a run, or the runs of a group, out of the history; a run's folder may be gone."""
    trail.update(RESULTS)
    kept = {entry.run_id for entry in trail.entries(RESULTS)}
    found = () if reference in kept else store.find_all(RESULTS, reference)
    run_ids = [folder.name for folder in found] or [reference]
    trail.withdraw(RESULTS, run_ids, reason)
    results_folder.withdrawn(RESULTS)
    click.echo(f"Withdrawn: {', '.join(run_ids)}")


# How a comparison is written.
FORMS: dict[str, Callable[[Comparison], str]] = {
    "terminal": lambda made: terminal.page(comparison_page.report(made), width()),
    "markdown": lambda made: markdown.page(comparison_page.report(made)),
    "json": lambda made: made.model_dump_json(indent=2),
    "csv": comparison_page.as_csv,
}


def width() -> int:
    """How many columns there are to print on."""
    return shutil.get_terminal_size((PIPED_COLUMNS, 0)).columns


def show(made: Pages) -> None:
    """Prints a run on one screen, with where its page is."""
    click.echo(screen.render(made.result, made.curves, os.path.relpath(made.report), width()))
