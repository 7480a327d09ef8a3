"""`open`: the page of a run, in the browser."""

import webbrowser

import click

from harness.errors import Missing
from harness.record import store
from harness.report.pages import run_folder
from harness.system import paths


def run(reference: str) -> None:
    """Print the path of a run's page and open it; raise Missing where no browser opens."""
    folder = store.find_run(paths.RESULTS, reference)
    page = folder / run_folder.PAGE
    if not page.exists():
        run_folder.write_run_pages(folder)
    click.echo(page)
    if not webbrowser.open(page.resolve().as_uri()):
        raise Missing("No browser opens here.", do=f"open {page} in one, here or elsewhere")
