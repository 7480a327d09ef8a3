"""`report`: the pages of a run, made anew from its record."""

from harness.commands.output import print_run
from harness.record import store
from harness.report.pages import results_folder, run_folder
from harness.system import paths


def run(reference: str) -> None:
    """Write the pages of a run anew, then those of all runs.

    The run is printed even where they cannot be written, or the history cannot be read.
    """
    folder = store.find_run(paths.RESULTS, reference)
    try:
        written = run_folder.write_run_pages(folder)
    except store.NotWritten:
        print_run(run_folder.read_run(folder))
        raise
    print_run(written)
    results_folder.refresh_pages(paths.RESULTS)
