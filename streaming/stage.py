"""Write the rows of a micro-batch to files outside the tables, in one Spark job."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from contract import commit_log, paths, tables


@dataclass(frozen=True)
class StagedCounts:
    """The rows of a batch, counted by the Spark job that wrote it: all, and by partition."""

    total: int
    rows: Mapping[tuple[str, int], int]
    """By table and Kafka partition; only counts above 0."""
    extents: Mapping[int, commit_log.OffsetRange]
    """By Kafka partition; only partitions that have a row."""


class SparkStagingArea:
    """Writes batches, one after the other, to a folder of this process."""

    def __init__(self, uri: str, partitions: Sequence[int]) -> None:
        # A name of its own: the JVM of a killed process may still be writing to the last one.
        self.folder = f"{paths.STAGING}/{uuid.uuid4().hex}"
        self._target = uri + self.folder
        self._partitions = partitions
        self._metrics = _metrics(partitions)

    def write(self, rows: DataFrame, following: Mapping[int, int]) -> StagedCounts:
        """Write the rows that `classify` made of a batch, one file a table and Kafka partition.

        Offsets below `following` are left out. Nothing may be in the folder.
        """
        observation = Observation()
        (
            rows.where(_is_new(following))
            # One task for all partitions: each costs a start, which a second of messages is not
            # worth where cores are few.
            .coalesce(1)
            .observe(observation, *self._metrics)
            .write.partitionBy("table", "partition")
            .parquet(self._target)
        )
        return self._counts(observation.get)

    def _counts(self, metrics: Mapping[str, int]) -> StagedCounts:
        keys = [(table, partition) for table in tables.TABLES for partition in self._partitions]
        rows = {key: metrics[_rows(*key)] for key in keys if metrics[_rows(*key)]}
        extents = {
            partition: commit_log.OffsetRange(metrics[_first(partition)], metrics[_last(partition)])
            for partition in self._partitions
            if metrics[_first(partition)] is not None
        }
        return StagedCounts(metrics["total"], rows, extents)


def _is_new(following: Mapping[int, int]) -> Column:
    # The offsets are in a map, which generated code takes as an argument: as numbers in a
    # comparison they would change its text, and every batch would be compiled again.
    known = ", ".join(f"{partition}, {offset}L" for partition, offset in following.items())
    return F.expr(f"kafka_offset >= coalesce(try_element_at(map({known}), kafka_partition), 0L)")


def _metrics(partitions: Sequence[int]) -> list[Column]:
    metrics = [F.count(F.lit(1)).alias("total")]
    for partition in partitions:
        here = F.col("partition") == partition
        offset = F.when(here, F.col("kafka_offset"))
        metrics.append(F.min(offset).alias(_first(partition)))
        metrics.append(F.max(offset).alias(_last(partition)))
        for table in tables.TABLES:
            rows = F.count_if(here & (F.col("table") == table))
            metrics.append(rows.alias(_rows(table, partition)))
    return metrics


def _rows(table: str, partition: int) -> str:
    return f"rows of {table} from {partition}"


def _first(partition: int) -> str:
    return f"first of {partition}"


def _last(partition: int) -> str:
    return f"last of {partition}"
