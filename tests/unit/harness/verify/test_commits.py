"""The commit log, as the streaming job writes it."""

from collections import Counter
from collections.abc import Mapping

import pytest

from contract.commit_log import Commit, OffsetRange, TableFile
from contract.paths import COMMITS, TABLE_FOLDERS
from harness.engines.webhdfs import WebHdfs
from harness.errors import InvalidRun
from harness.verify.commits import CommitLogReader


class Hdfs(WebHdfs):
    """The log's folder in memory; says which of its files were read."""

    def __init__(self) -> None:
        self.commits: dict[str, bytes] = {}
        self.reads: list[str] = []

    def files(self, folder: str) -> list[str]:
        return sorted(path for path in self.commits if path.startswith(f"{folder}/"))

    def read(self, path: str) -> bytes:
        self.reads.append(path)
        return self.commits[path]

    def commit(
        self, offsets: Mapping[int, tuple[int, int]], rows: Mapping[str, int], at: int = 0
    ) -> None:
        sequence = len(self.commits)
        commit = Commit(
            sequence,
            "topic",
            at,
            {partition: OffsetRange(*extent) for partition, extent in offsets.items()},
            [
                TableFile(f"{TABLE_FOLDERS[table]}/{sequence}.parquet", table, 0, 0, 0, number)
                for table, number in rows.items()
            ],
        )
        self.commits[f"{COMMITS}/{sequence:010}.json"] = commit.to_json().encode()


def test_an_empty_log() -> None:
    log = CommitLogReader(Hdfs())

    log.refresh()

    assert (log.next_offsets(), log.count_rows(), log.committed_ms()) == ({}, Counter(), {})


def test_commits_add_up() -> None:
    hdfs = Hdfs()
    hdfs.commit({0: (0, 9), 1: (0, 4)}, {"menu_app_events": 12, "menu_app_orders": 3}, at=1_000)
    hdfs.commit({1: (5, 5)}, {"menu_app_events": 1}, at=2_500)
    log = CommitLogReader(hdfs)

    log.refresh()

    assert log.next_offsets() == {0: 10, 1: 6}
    assert log.count_rows() == {"menu_app_events": 13, "menu_app_orders": 3}
    assert log.committed_ms() == {
        "/tmp/menu_app_events/0.parquet": 1_000,
        "/tmp/menu_app_orders/0.parquet": 1_000,
        "/tmp/menu_app_events/1.parquet": 2_500,
    }


def test_rows_in_time() -> None:
    hdfs = Hdfs()
    hdfs.commit({0: (0, 9)}, {"menu_app_events": 12, "menu_app_orders": 3}, at=2_500)
    hdfs.commit({0: (10, 10)}, {}, at=2_600)
    hdfs.commit({1: (5, 5)}, {"menu_app_dead_letters": 1}, at=1_000)
    log = CommitLogReader(hdfs)
    assert log.rows_in_time() == []

    log.refresh()

    assert log.rows_in_time() == [(1_000, 1), (2_500, 15), (2_600, 0)]


def test_a_commit_is_read_once() -> None:
    hdfs = Hdfs()
    log = CommitLogReader(hdfs)
    for number in range(3):
        hdfs.commit({0: (number, number)}, {"menu_app_events": 1})
        log.refresh()
        log.refresh()

    assert log.count_rows() == {"menu_app_events": 3}
    assert hdfs.reads == sorted(hdfs.commits)


def test_a_damaged_commit_is_named() -> None:
    hdfs = Hdfs()
    hdfs.commit({0: (0, 9)}, {})
    hdfs.commits[f"{COMMITS}/0000000001.json"] = b'{"sequence": 1}'

    with pytest.raises(InvalidRun, match="commit log is damaged") as caught:
        CommitLogReader(hdfs).refresh()

    assert caught.value.why == f"{COMMITS}/0000000001.json: not a commit: {{'sequence': 1}}"
