"""Batches into Parquet files, in a Spark session and on a file system of the test's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession

from streaming.classify import classify
from streaming.commit import Committer
from streaming.filesystem import HadoopFileSystem
from streaming.job import SESSION
from streaming.log import CommitLog
from streaming.recovery import recover
from streaming.schema import DEAD_LETTERS, EVENTS, ORDERS
from streaming.stage import Stage

ROOT = "viewfs://test"
"""A Hadoop file system whose / is a folder of this machine."""

KINDS = {
    EVENTS: '{"event_type": "login", "event_timestamp": "2019-03-02 19:08:09"}',
    ORDERS: '{"event_type": "order_food", "price": 7, "event_timestamp": "2019-03-02 19:08:09"}',
    DEAD_LETTERS: "no JSON",
}


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    builder = SparkSession.builder.master("local[2]")
    for key, value in SESSION.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


class Place:
    """A file system, and the jobs that are started on it."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark = spark
        self.folder = folder
        hadoop: Any = spark.sparkContext._jsc.hadoopConfiguration()
        hadoop.set("fs.viewfs.mounttable.test.linkMergeSlash", folder.as_uri())
        hadoop.setBoolean("fs.viewfs.impl.disable.cache", True)
        self.filesystem = HadoopFileSystem(spark._jvm, hadoop, ROOT)

    def start(self) -> Committer:
        log = CommitLog(self.filesystem)
        position = recover(self.filesystem, log, "topic-id")
        return Committer(self.filesystem, log, Stage(ROOT, [0, 1]), "topic-id", position)

    def table(self, name: str) -> pa.Table:
        return pq.read_table(self.folder / "tmp" / name)

    def files(self) -> dict[str, bytes]:
        paths = [path for path in self.folder.rglob("*") if path.is_file()]
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in paths
            if path.suffix != ".crc"
        }


@pytest.fixture
def place(spark: SparkSession, tmp_path: Path) -> Place:
    return Place(spark, tmp_path)


def batch(spark: SparkSession, **offsets: range) -> DataFrame:
    """Records of the partitions p0, p1, …, one Spark partition each, of all kinds in turn."""
    kinds = list(KINDS.values())
    frames = []
    for name, extent in offsets.items():
        records = [(kinds[o % 3].encode(), int(name[1:]), o) for o in extent]
        frame = spark.createDataFrame(records, "value binary, partition int, offset long")
        frames.append(frame.selectExpr("*", "timestamp_millis(1000 * offset) AS timestamp"))
    rows = frames[0].coalesce(1)
    for frame in frames[1:]:
        rows = rows.union(frame.coalesce(1))
    return classify(rows)
