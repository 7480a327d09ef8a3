"""docs/example: made from a run, and as it stands in the repository."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from harness.dev import example
from harness.system.paths import ROOT
from tests.browser import look
from tests.browser.conftest import Show
from tests.unit.harness.record import example as record
from tests.unit.harness.record import folders

KEPT = ROOT / "docs" / "example"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    (folder / "target").mkdir()
    (folder / "target" / "old.html").touch()
    run = folders.lay(folder / "run", record.result())
    (run / "config.toml").touch()
    # A process has one Playwright, and in this one the pages are looked at.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        pool.submit(example.create_example, run, folder / "target").result()
    return folder / "target"


def test_it_is_made_anew(made: Path) -> None:
    names = {path.name for path in made.iterdir()}

    assert names >= {*example.FILES, "report.html", "report.md", example.PICTURE}
    assert "old.html" not in names


@pytest.mark.parametrize("place", ["made", "kept"])
def test_it_is_small_and_whole(made: Path, show: Show, place: str) -> None:
    folder = made if place == "made" else KEPT

    assert sum(path.stat().st_size for path in folder.iterdir()) < 600_000
    with Image.open(folder / example.PICTURE) as picture:
        assert picture.mode == "P"
        assert picture.width == example.WIDTH
        assert (folder / example.PICTURE).stat().st_size < 150_000
    for page in folder.glob("*.html"):
        shown = show(page)
        assert look.cut(shown) == []
        for link in shown.get_by_role("link").all():
            address = link.get_attribute("href") or ""
            assert address.startswith("#") or (folder / address).is_file(), address
