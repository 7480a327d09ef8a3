import json

import pytest

from contract.commit_log import Commit, OffsetRange, TableFile
from contract.paths import COMMITS
from contract.tables import EVENTS
from streaming.log import CommitLog, LogError
from tests.unit.streaming.fakes import MemoryFileSystem


def commit(sequence: int) -> Commit:
    path = "/tmp/menu_app_events/p1-00000000000000000000-00000000000000000122.parquet"
    file = TableFile(path, EVENTS, 1, 0, 122, 120)
    return Commit(sequence, "topic-id", 1_790_000_000_000, {1: OffsetRange(0, 122)}, [file])


@pytest.fixture
def log(filesystem: MemoryFileSystem) -> CommitLog:
    return CommitLog(filesystem)


def test_what_was_appended_is_read(log: CommitLog) -> None:
    commits = [commit(0), commit(1), commit(2)]
    for one in commits:
        log.append(one, "/staging")
    assert log.read() == commits


def test_an_empty_log_has_no_commits(log: CommitLog) -> None:
    assert log.read() == []


def test_a_commit_is_a_file_of_json(log: CommitLog, filesystem: MemoryFileSystem) -> None:
    log.append(commit(7), "/staging")
    assert list(filesystem.files) == ["/menu_app/commits/0000000007.json"]
    assert json.loads(filesystem.files["/menu_app/commits/0000000007.json"]) == {
        "sequence": 7,
        "topic_id": "topic-id",
        "committed_ms": 1_790_000_000_000,
        "offsets": {"1": {"first": 0, "last": 122}},
        "files": [
            {
                "path": "/tmp/menu_app_events/p1-00000000000000000000-00000000000000000122.parquet",
                "table": "menu_app_events",
                "partition": 1,
                "first": 0,
                "last": 122,
                "rows": 120,
            }
        ],
    }


def test_another_job_s_commit_is_not_overwritten(log: CommitLog) -> None:
    log.append(commit(0), "/staging/1")
    with pytest.raises(OSError, match="0000000000"):
        log.append(commit(0), "/staging/2")


def test_a_missing_commit_is_an_error(log: CommitLog, filesystem: MemoryFileSystem) -> None:
    for sequence in range(3):
        log.append(commit(sequence), "/staging")
    filesystem.remove(f"{COMMITS}/0000000001.json")
    with pytest.raises(LogError, match=r"0000000002\.json where .*0000000001\.json"):
        log.read()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sequence": 0}'])
def test_an_unreadable_commit_is_an_error(
    log: CommitLog, filesystem: MemoryFileSystem, text: str
) -> None:
    filesystem.write(f"{COMMITS}/0000000000.json", text)
    with pytest.raises(LogError, match=r"0000000000\.json cannot be read"):
        log.read()
