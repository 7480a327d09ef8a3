import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.commit_log import Commit, DamagedCommit, OffsetRange, TableFile

NUMBERS = st.integers(0, 2**63 - 1)
COMMITS = st.builds(
    Commit,
    sequence=NUMBERS,
    topic_id=st.text(),
    committed_ms=NUMBERS,
    offsets=st.dictionaries(NUMBERS, st.builds(OffsetRange, NUMBERS, NUMBERS)),
    files=st.lists(st.builds(TableFile, st.text(), st.text(), NUMBERS, NUMBERS, NUMBERS, NUMBERS)),
)
LINE = Commit(
    7, "topic", 1_000, {1: OffsetRange(0, 9)}, [TableFile("/tmp/t/p1", "t", 1, 0, 9, 10)]
).to_json()
FIELDS = [
    *[(name,) for name in ("sequence", "topic_id", "committed_ms", "offsets", "files")],
    *[("offsets", "1", name) for name in ("first", "last")],
    *[("files", 0, name) for name in ("path", "table", "partition", "first", "last", "rows")],
]


@given(COMMITS)
def test_a_line_is_read_as_it_was_written(commit: Commit) -> None:
    line = commit.to_json()
    assert "\n" not in line
    assert Commit.from_json(line) == Commit.from_json(line.encode()) == commit


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "null", LINE[:-1], LINE + LINE, b"\xff"], ids=str
)
def test_a_text_that_is_no_line_is_an_error(text: str | bytes) -> None:
    with pytest.raises(DamagedCommit):
        Commit.from_json(text)


def holder(line: Any, field: tuple[Any, ...]) -> Any:
    """The object that has the field."""
    for key in field[:-1]:
        line = line[key]
    return line


@pytest.mark.parametrize("field", FIELDS, ids=str)
@pytest.mark.parametrize("wrong", [None, 1.5, [None], {"x": None}], ids=str)
def test_a_field_of_another_type_is_an_error(field: tuple[Any, ...], wrong: object) -> None:
    line = json.loads(LINE)
    holder(line, field)[field[-1]] = wrong
    with pytest.raises(DamagedCommit):
        Commit.from_json(json.dumps(line))


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_a_field_that_is_missing_or_unknown_is_an_error(field: tuple[Any, ...]) -> None:
    line = json.loads(LINE)
    holder(line, field)["unknown"] = 1
    with pytest.raises(DamagedCommit):
        Commit.from_json(json.dumps(line))
    line = json.loads(LINE)
    del holder(line, field)[field[-1]]
    with pytest.raises(DamagedCommit):
        Commit.from_json(json.dumps(line))


def test_a_partition_that_is_no_number_is_an_error() -> None:
    with pytest.raises(DamagedCommit, match="invalid literal for int"):
        Commit.from_json(LINE.replace('"1"', '"one"'))


def test_the_error_shows_what_was_read() -> None:
    with pytest.raises(DamagedCommit, match=r"not a range of offsets: \{'first': 0\}"):
        Commit.from_json(LINE.replace('"first": 0, "last": 9', '"first": 0', 1))
