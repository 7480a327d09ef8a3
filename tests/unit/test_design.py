"""The ways through the code in docs/design.md lead along files that are there."""

import re

import pytest

from harness.system.paths import DOCS, ROOT

TEXT = (DOCS / "design.md").read_text(encoding="utf-8")


def list_files(heading: str) -> list[str]:
    """Return the files of the numbered list below a heading."""
    section = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `([^`]+)`: ", section, re.MULTILINE)


@pytest.mark.parametrize("heading", ["The way of one event", "The way of one run"])
def test_each_way_is_short_and_its_files_are_there(heading: str) -> None:
    files = list_files(heading)
    assert 5 < len(files) < 12
    assert len({*files}) == len(files)
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_places_to_add_something_are_there() -> None:
    table = TEXT.partition("## Where to add something\n")[2]
    places = re.findall(r"`((?:harness|sql|profiles)/[^`]*)`", table)
    assert len(places) > 6
    for place in places:
        path = ROOT / place
        assert path.parent.is_dir() if "NAME" in place else path.is_file(), place


def test_every_room_has_its_floor() -> None:
    table = TEXT.partition("## Floors\n")[2].partition("## Where")[0]
    named = {*re.findall(r"`(\w+)/`", table)}
    rooms = {path.parent.name for path in (ROOT / "harness").glob("*/__init__.py")}
    assert rooms <= named
