import pytest

from contract.commit_log import Commit, OffsetRange, TableFile
from contract.tables import EVENTS
from streaming.log import CommitLog, LogError
from streaming.recovery import Position, recover
from tests.unit.streaming.fakes import MemoryFileSystem

TOPIC = "topic-id"


@pytest.fixture
def log(filesystem: MemoryFileSystem) -> CommitLog:
    return CommitLog(filesystem)


def add(
    filesystem: MemoryFileSystem, log: CommitLog, sequence: int, offsets: dict[int, OffsetRange]
) -> None:
    files = []
    for partition, extent in offsets.items():
        path = f"/tmp/{EVENTS}/p{partition}-{extent.first:020}-{extent.last:020}.parquet"
        filesystem.write(path, "")
        files.append(TableFile(path, EVENTS, partition, extent.first, extent.last, 1))
    log.append(Commit(sequence, TOPIC, 0, offsets, files), "/staging")


def test_the_first_start_begins_at_nothing(filesystem: MemoryFileSystem, log: CommitLog) -> None:
    assert recover(filesystem, log, TOPIC) == Position(0, {})


def test_the_log_says_where_to_go_on(filesystem: MemoryFileSystem, log: CommitLog) -> None:
    add(filesystem, log, 0, {0: OffsetRange(0, 9), 1: OffsetRange(5, 7)})
    add(filesystem, log, 1, {0: OffsetRange(10, 11)})
    assert recover(filesystem, log, TOPIC) == Position(2, {0: 12, 1: 8})


def test_what_the_log_does_not_hold_goes(filesystem: MemoryFileSystem, log: CommitLog) -> None:
    add(filesystem, log, 0, {0: OffsetRange(0, 9)})
    held = dict(filesystem.files)
    filesystem.write(f"/tmp/{EVENTS}/p0-{10:020}-{19:020}.parquet", "")
    filesystem.write("/tmp/menu_app_orders/stray.parquet", "")
    filesystem.write("/menu_app/staging/1/table=menu_app_orders/partition=0/part-0.parquet", "")
    filesystem.write("/menu_app/staging/1/commit.json", "")
    filesystem.write("/tmp/elsewhere", "")
    recover(filesystem, log, TOPIC)
    assert filesystem.files == {**held, "/tmp/elsewhere": ""}


def test_a_lost_table_file_is_an_error(filesystem: MemoryFileSystem, log: CommitLog) -> None:
    add(filesystem, log, 0, {0: OffsetRange(0, 9), 1: OffsetRange(0, 3)})
    lost = f"/tmp/{EVENTS}/p1-{0:020}-{3:020}.parquet"
    filesystem.remove(lost)
    with pytest.raises(LogError, match=f"1 committed files are gone, the first is {lost}"):
        recover(filesystem, log, TOPIC)


def test_the_log_of_another_topic_is_an_error(filesystem: MemoryFileSystem, log: CommitLog) -> None:
    add(filesystem, log, 0, {0: OffsetRange(0, 9)})
    held = dict(filesystem.files)
    with pytest.raises(LogError, match="topic-id, not another-id"):
        recover(filesystem, log, "another-id")
    assert filesystem.files == held
