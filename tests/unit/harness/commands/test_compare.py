import csv
import json
from pathlib import Path

import pytest

from harness.commands import compare
from harness.compare.comparison import Comparison
from harness.errors import Inconclusive
from harness.system.verbs import Format
from tests.unit.harness.compare import runs


def test_shows_every_form(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs.keep(results, [runs.make(0, 2000.0), runs.make(1, 3000.0)])
    said: dict[str, str] = {}
    for form in Format:
        compare.run("latest~1", "latest", form, anyway=False, marked=False)
        said[form] = capsys.readouterr().out

    assert said["terminal"].startswith("latest compared with latest~1\n")
    assert said["markdown"].startswith("# latest compared with latest\\~1\n")
    made = Comparison.model_validate_json(said["json"])
    assert (made.rows[0].metric, made.rows[0].ratio) == ("queryable_per_s", 1.5)
    rows = [*csv.DictReader(said["csv"].splitlines())]
    assert [row["metric"] for row in rows] == [row.metric for row in made.rows]
    assert (rows[0]["ratio"], rows[0]["low"]) == ("1.5", "")


def test_refuses_and_does_not_print(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs.keep(results, [runs.make(0), runs.make(1, profile="smoke")])

    with pytest.raises(Inconclusive, match="not to be compared"):
        compare.run("latest~1", "latest", "terminal", anyway=False, marked=False)
    assert capsys.readouterr().out == ""

    compare.run("latest~1", "latest", "json", anyway=True, marked=False)
    made = json.loads(capsys.readouterr().out)
    assert made["obstacles"] == ["profile: bench in A, smoke in B"]


def test_what_cannot_be_written_is_shown(
    results: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.keep(results, [runs.make(0, 2000.0), runs.make(1, 3000.0)])
    request.getfixturevalue("read_only")
    compare.run("latest~1", "latest", "terminal", anyway=False, marked=False)
    said = capsys.readouterr()
    assert said.out.startswith("latest compared with latest~1\n")
    assert "Comparison:" not in said.out
    assert said.err == "The results cannot be written.\n"
