"""`history`: the trend of all valid runs, and runs taken out of it."""

import os

import click

from harness.commands.output import going_on, print_report
from harness.errors import UsageError
from harness.record import history, index, store
from harness.report.pages import history_page, results_folder
from harness.system import paths


def run(profile: str | None, withdraw: str | None, reason: str, *, marked: bool) -> None:
    """Print the history, or withdraw a run or group from it."""
    if withdraw is None:
        print_history(profile, marked=marked)
    else:
        withdraw_runs(withdraw, reason)


def print_history(profile: str | None, *, marked: bool) -> None:
    """Print the valid runs that were made like the newest run, or like the newest of a profile.

    Those that are `marked` are printed if asked for.
    """
    page = ""
    with going_on():
        results_folder.refresh_pages(paths.RESULTS)
        page = os.path.relpath(paths.RESULTS / index.HISTORY_PAGE)
    entries = history.read_entries(paths.RESULTS, marked=marked)
    left_out = 0 if marked else len(history.read_marked(paths.RESULTS))
    newest = history_page.select_newest_series(entries, profile)[:1]
    if not newest:
        raise UsageError(
            "There is no valid run in the history.",
            why=f"{left_out} are marked: MARKED=1 shows them" if left_out else "",
            do="`make bench` makes one",
        )
    others, gone = len(entries) - len(newest[0]), len(history.read_withdrawals(paths.RESULTS))
    print_report(history_page.create_history_page(newest, others, gone, marked=left_out))
    if page:
        click.echo(f"\nHistory: {page}")


def withdraw_runs(reference: str, reason: str) -> None:
    """Withdraw a run, or the runs of a group; the folder of a run may be gone."""
    history.update_history(paths.RESULTS)
    kept = {entry.run_id for entry in history.read_entries(paths.RESULTS)}
    folders = () if reference in kept else store.find_runs(paths.RESULTS, reference)
    run_ids = [folder.name for folder in folders] or [reference]
    history.withdraw_runs(paths.RESULTS, run_ids, reason)
    results_folder.refresh_pages(paths.RESULTS, is_withdrawn=True)
    click.echo(f"Withdrawn: {', '.join(run_ids)}")
