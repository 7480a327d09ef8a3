"""The pages beside the runs: which there are, when they are made anew, and how large."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.compare import comparison
from harness.errors import Missing
from harness.record import history
from harness.report.pages import results_folder
from tests.unit.harness.compare import runs
from tests.unit.harness.report import results

MANY = 500
LARGEST = 1_000_000


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_each_page_has_a_twin_in_markdown(tmp_path: Path) -> None:
    results.fill(tmp_path, 12)
    pages = [
        results.compare(tmp_path),
        results.keep_check(tmp_path, results.checked()),
        tmp_path / "history.html",
        tmp_path / "index.html",
    ]

    for page in pages:
        title = text(page).partition("<h1>")[2].partition("</h1>")[0]
        assert title
        assert text(page.with_suffix(".md")).startswith(f"# {title}\n")
    assert not [path for path in tmp_path.rglob("*.partial") if path.is_file()]


def test_markup_stays_text(tmp_path: Path) -> None:
    results.fill(tmp_path, 16)

    page = text(tmp_path / "index.html")

    assert results.MARKUP not in page
    assert results.MARKUP.replace("<", "&lt;").replace(">", "&gt;") in page


def test_a_new_run_is_on_both_pages(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0)])
    results_folder.refresh_pages(tmp_path)
    runs.keep(tmp_path, [runs.make(1), runs.make(2, status="invalid")])

    results_folder.refresh_pages(tmp_path)

    valid, invalid = runs.make(1).run_id, runs.make(2).run_id
    assert valid in text(tmp_path / "history.html")
    assert invalid not in text(tmp_path / "history.html")
    assert {valid, invalid} <= {*text(tmp_path / "index.md").replace("|", " ").split()}


def test_the_history_is_drawn_only_when_it_has_changed(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0)])
    results_folder.refresh_pages(tmp_path)
    page = tmp_path / "history.html"
    page.write_text("as it was", encoding="utf-8")
    runs.keep(tmp_path, [runs.make(1, status="invalid")])

    results_folder.refresh_pages(tmp_path)

    assert text(page) == "as it was"
    assert runs.make(1).run_id in text(tmp_path / "index.html")


def test_a_withdrawn_run_leaves_the_history_s_page(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0), runs.make(1)])
    results_folder.refresh_pages(tmp_path)
    history.withdraw_runs(tmp_path, [runs.make(1).run_id], "a backup ran")

    results_folder.refresh_pages(tmp_path, is_withdrawn=True)

    assert runs.make(1).run_id not in text(tmp_path / "history.html")
    assert "a backup ran" in text(tmp_path / "index.html")

    history.withdraw_runs(tmp_path, [runs.make(0).run_id], "another")
    results_folder.refresh_pages(tmp_path, is_withdrawn=True)

    assert not (tmp_path / "history.html").exists()
    assert "history.html" not in text(tmp_path / "index.html")


def test_a_comparison_is_named_by_what_it_is_of(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0), runs.make(1)])
    a, b = (comparison.choose(tmp_path, name) for name in ("latest~1", "latest"))

    page = results_folder.write_comparison_pages(tmp_path, comparison.compare(a, b, anyway=False))

    assert page.name == f"{runs.make(0).run_id}..{runs.make(1).run_id}.html"
    assert f'href="comparisons/{page.name}"' in text(tmp_path / "index.html")


def test_a_name_from_a_record_stays_in_its_folder(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0), runs.make(1)])
    a, b = (comparison.choose(tmp_path, name) for name in ("latest~1", "latest"))
    made = comparison.compare(a, b, anyway=False)
    side = made.a.model_copy(update={"runs": ("../../outside",)})

    page = results_folder.write_comparison_pages(tmp_path, made.model_copy(update={"a": side}))

    assert page.parent == tmp_path / "comparisons"
    assert page.is_file()


def test_of_several_at_once_none_is_lost(tmp_path: Path) -> None:
    made = [runs.make(number, status="invalid") for number in range(8)]
    keeping = threading.Lock()

    def end(number: int) -> None:
        # Only one run is made at a time.
        with keeping:
            runs.keep(tmp_path / "results", [made[number]])
        results_folder.refresh_pages(tmp_path / "results")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(end, range(8)))

    page = text(tmp_path / "results" / "index.html")
    assert all(run.run_id in page for run in made)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    runs.keep(tmp_path, [runs.make(0)])
    (tmp_path / "index.html").mkdir()

    with pytest.raises(Missing, match="cannot be written"):
        results_folder.refresh_pages(tmp_path)


def test_hundreds_of_runs_are_small_pages(tmp_path: Path) -> None:
    results.fill(tmp_path, MANY)

    results_folder.refresh_pages(tmp_path, is_withdrawn=True)

    for name in ("index.html", "history.html"):
        assert (tmp_path / name).stat().st_size < LARGEST, name
    assert text(tmp_path / "index.html").count('<th scope="row"') == MANY
