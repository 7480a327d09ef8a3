"""What verbs print of pages and runs."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import click

from harness.record import store
from harness.report.pages import run_folder, screen
from harness.report.render import document, terminal

PIPED_COLUMNS = 100


@contextmanager
def going_on() -> Iterator[None]:
    """Print what a block cannot write, and go on: what can be read is shown."""
    try:
        yield
    except store.NotWritten as error:
        click.echo(str(error), err=True)


def get_width() -> int:
    """Return the number of columns to print on."""
    return shutil.get_terminal_size((PIPED_COLUMNS, 0)).columns


def print_report(report: document.Report) -> None:
    """Print a report as text."""
    click.echo(terminal.render_report(report, get_width()))


def print_run(pages: run_folder.RunPages) -> None:
    """Print a run on one screen, and where its page is."""
    path = os.path.relpath(pages.report)
    click.echo(screen.render_screen(pages.result, pages.curves, path, get_width()))
