import itertools
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.commit_log import OffsetRange
from contract.paths import STAGING
from contract.tables import DEAD_LETTERS, EVENTS, ORDERS, TABLES
from streaming.commit import CommitError, Committer, staged_files
from streaming.log import CommitLog
from streaming.recovery import recover
from streaming.stage import StagedCounts
from tests.unit.streaming.fakes import Killed, MemoryFileSystem, MemoryStage, Message

TOPIC = "topic-id"


def start(filesystem: MemoryFileSystem) -> Committer:
    log = CommitLog(filesystem)
    position = recover(filesystem, log, TOPIC)
    return Committer(filesystem, log, MemoryStage(filesystem), TOPIC, position)


def batch(partition: int, offsets: Iterable[int]) -> list[Message]:
    """Messages of which every third is an order, and every fifth a dead letter."""
    return [
        (
            DEAD_LETTERS if offset % 5 == 0 else ORDERS if offset % 3 == 0 else EVENTS,
            partition,
            offset,
        )
        for offset in offsets
    ]


def commit(committer: Committer, messages: list[Message]) -> None:
    rows: Any = messages
    committer.commit(rows)


def tables(filesystem: MemoryFileSystem) -> Counter[Message]:
    """Return how often each message is in the tables."""
    return Counter(
        (table, int(path.rpartition("/p")[2].partition("-")[0]), int(offset))
        for table in TABLES
        for path in filesystem.list(f"/tmp/{table}")
        for offset in filesystem.read(path).split()
    )


def test_a_batch_is_in_the_tables_and_in_the_log(filesystem: MemoryFileSystem) -> None:
    messages = batch(0, range(10)) + batch(1, [0, 1, 2])
    commit(start(filesystem), messages)
    assert tables(filesystem) == Counter(messages)
    [logged] = CommitLog(filesystem).read()
    assert (logged.sequence, logged.topic_id) == (0, TOPIC)
    assert logged.offsets == {0: OffsetRange(0, 9), 1: OffsetRange(0, 2)}
    assert {file.path: (file.table, file.partition, file.rows) for file in logged.files} == {
        f"/tmp/{table}/p{partition}-{0:020}-{last:020}.parquet": (table, partition, rows)
        for table, partition, last, rows in [
            (EVENTS, 0, 9, 5),
            (ORDERS, 0, 9, 3),
            (DEAD_LETTERS, 0, 9, 2),
            (EVENTS, 1, 2, 2),
            (DEAD_LETTERS, 1, 2, 1),
        ]
    }


def test_nothing_stays_staged(filesystem: MemoryFileSystem) -> None:
    commit(start(filesystem), batch(0, range(10)))
    assert filesystem.list(STAGING) == []


def test_an_empty_batch_is_not_logged(filesystem: MemoryFileSystem) -> None:
    commit(start(filesystem), [])
    assert filesystem.files == {}


def test_a_replayed_batch_adds_nothing(filesystem: MemoryFileSystem) -> None:
    committer = start(filesystem)
    commit(committer, batch(0, range(10)))
    held = dict(filesystem.files)
    commit(committer, batch(0, range(10)))
    commit(start(filesystem), batch(0, range(10)))
    assert filesystem.files == held


def test_of_a_batch_that_is_replayed_in_part_the_rest_is_added(
    filesystem: MemoryFileSystem,
) -> None:
    committer = start(filesystem)
    commit(committer, batch(0, range(10)))
    commit(committer, batch(0, range(4, 15)) + batch(1, range(3)))
    assert tables(filesystem) == Counter(batch(0, range(15)) + batch(1, range(3)))
    assert CommitLog(filesystem).read()[1].offsets == {0: OffsetRange(10, 14), 1: OffsetRange(0, 2)}


def test_a_topic_need_not_begin_at_zero(filesystem: MemoryFileSystem) -> None:
    commit(start(filesystem), batch(0, range(100, 110)))
    assert tables(filesystem) == Counter(batch(0, range(100, 110)))


def test_after_closing_nothing_is_committed(filesystem: MemoryFileSystem) -> None:
    committer = start(filesystem)
    committer.close()
    commit(committer, batch(0, range(10)))
    assert filesystem.files == {}


def test_a_warm_up_leaves_nothing(filesystem: MemoryFileSystem) -> None:
    committer = start(filesystem)
    commit(committer, batch(0, range(10)))
    held = dict(filesystem.files)
    rows: Any = batch(0, range(30))
    committer.warm_up(rows)
    assert filesystem.files == held


def test_a_gap_inside_a_batch_is_an_error(filesystem: MemoryFileSystem) -> None:
    with pytest.raises(CommitError, match="partition 0: 9 rows in"):
        commit(start(filesystem), batch(0, [0, 1, 2, 3, 4, 5, 6, 7, 9]))
    assert not tables(filesystem)


def test_a_gap_between_batches_is_an_error(filesystem: MemoryFileSystem) -> None:
    committer = start(filesystem)
    commit(committer, batch(0, range(10)))
    with pytest.raises(CommitError, match="after 9"):
        commit(committer, batch(0, range(11, 20)))
    assert tables(filesystem) == Counter(batch(0, range(10)))


class Miscounting(MemoryStage):
    """A stage that reads one row more than it counts by partition."""

    def write(self, rows: Any, following: Any) -> StagedCounts:
        counts = super().write(rows, following)
        return StagedCounts(counts.total + 1, counts.rows, counts.extents)


class Dropping(MemoryStage):
    """A stage that loses a file."""

    def write(self, rows: Any, following: Any) -> StagedCounts:
        counts = super().write(rows, following)
        self._filesystem.remove(f"{self.folder}/table={ORDERS}")
        return counts


@pytest.mark.parametrize(
    ("stage", "message"), [(Miscounting, "11 rows, but of known"), (Dropping, "staged .* counted")]
)
def test_files_that_are_not_what_was_counted_are_an_error(
    filesystem: MemoryFileSystem, stage: type[MemoryStage], message: str
) -> None:
    log = CommitLog(filesystem)
    position = recover(filesystem, log, TOPIC)
    committer = Committer(filesystem, log, stage(filesystem), TOPIC, position)
    with pytest.raises(CommitError, match=message):
        commit(committer, batch(0, range(10)))
    assert not tables(filesystem)


def test_two_files_of_a_partition_are_an_error() -> None:
    folder = f"{STAGING}/1/table={EVENTS}/partition=0"
    with pytest.raises(CommitError, match="two files"):
        staged_files([f"{folder}/part-0.parquet", f"{folder}/part-1.parquet"])


def test_a_staged_file_of_no_table_is_an_error() -> None:
    with pytest.raises(CommitError, match="not a table's file"):
        staged_files([f"{STAGING}/1/part-0.parquet"])


BATCHES = [
    batch(0, range(10)) + batch(1, range(3)),
    batch(0, range(10, 12)),
    batch(0, range(12, 20)) + batch(1, range(3, 9)),
]
MESSAGES = Counter(message for messages in BATCHES for message in messages)


def run(filesystem: MemoryFileSystem, changes: int | None) -> bool:
    """Start, and be given all batches again, as Kafka does; return whether it was killed."""
    filesystem.changes_left = changes
    try:
        committer = start(filesystem)
        for messages in BATCHES:
            commit(committer, messages)
    except Killed:
        return True
    return False


def check_that_all_is_there_once(filesystem: MemoryFileSystem) -> None:
    assert tables(filesystem) == MESSAGES
    assert [one.sequence for one in CommitLog(filesystem).read()] == [0, 1, 2]
    assert filesystem.list(STAGING) == []


def test_killed_before_any_change_no_message_is_lost_or_doubled() -> None:
    for changes in itertools.count():
        filesystem = MemoryFileSystem()
        if not run(filesystem, changes):
            break
        run(filesystem, None)
        check_that_all_is_there_once(filesystem)
    assert changes > 30


@given(kills=st.lists(st.integers(0, 45), max_size=6))
def test_killed_again_and_again_no_message_is_lost_or_doubled(kills: list[int]) -> None:
    filesystem = MemoryFileSystem()
    for changes in kills:
        run(filesystem, changes)
    run(filesystem, None)
    check_that_all_is_there_once(filesystem)
