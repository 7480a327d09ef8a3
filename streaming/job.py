"""The streaming query, from its start to its end."""

import threading
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from streaming import progress, recovery
from streaming.classify import classify
from streaming.commit import Committer
from streaming.filesystem import HadoopFileSystem
from streaming.log import CommitLog
from streaming.settings import JobSettings
from streaming.stage import SparkStagingArea
from streaming.topic import SourceTopic

SESSION = {
    "spark.app.name": "menu_app",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    # One unreadable field makes the whole message unreadable. By default, Spark skips text that is
    # no JSON, such as a line break in a string, and goes on behind it.
    "spark.sql.json.enablePartialResults": "false",
    "spark.sql.parquet.compression.codec": "snappy",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.hadoop.parquet.block.size": str(16 * 2**20),
    # A message may have up to 1 MB: pages and blocks are measured early and often.
    "spark.hadoop.parquet.page.size.row.check.min": "1",
    "spark.hadoop.parquet.page.size.row.check.max": "10",
    "spark.hadoop.parquet.block.size.row.check.min": "1",
    "spark.hadoop.parquet.block.size.row.check.max": "10",
    # The task keeps a file open for each of 3 tables and up to 16 partitions. With more files than
    # this, it would sort its rows first.
    "spark.sql.maxConcurrentOutputFileWriters": "48",
    # Staged files are read after the Spark job only, so its task may move them there itself.
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}

SOURCE = {
    "failOnDataLoss": "true",
    # A long backlog is committed in steps.
    "maxOffsetsPerTrigger": "100000",
    # The consumer prefetches past its batch, and its next fetch queues behind that prefetch. At the
    # default of 500 ms, a batch waits as long for messages that it is not to read.
    "kafka.fetch.max.wait.ms": "10",
    # Spark asks for the topic's first and last offset after each poll, of 500 messages by default.
    "kafka.max.poll.records": "5000",
}

POLL_S = 0.5
# After one warm-up, the first batch under load took 1.4 to 2.0 s, and the messages that came
# meanwhile waited for it and the next batch. After three, it took 1.4 s. The start of the cluster
# takes no longer for it: Presto takes longer to start than this job.
WARM_UPS = 3


class JobError(RuntimeError):
    """The query failed."""


def create_session() -> SparkSession:
    """Start the driver; PYSPARK_SUBMIT_ARGS has its memory, class path and JVM options."""
    builder = SparkSession.builder
    for key, value in SESSION.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def run_job(spark: SparkSession, settings: JobSettings, stopping: threading.Event) -> None:
    """Commit the topic's messages until `stopping` is set; raise JobError if the query fails."""
    jvm: Any = spark._jvm
    hadoop: Any = spark.sparkContext._jsc.hadoopConfiguration()
    for key, value in settings.hadoop.items():
        hadoop.set(key, value)
    filesystem = HadoopFileSystem(jvm, hadoop, settings.filesystem)
    topic = SourceTopic.describe(jvm, _client(settings), settings.topic)
    log, stage = CommitLog(filesystem), SparkStagingArea(settings.filesystem, topic.partitions)
    position = recovery.recover(filesystem, log, topic.id)
    committer = Committer(filesystem, log, stage, topic.id, position, settings.failpoint)
    for _ in range(WARM_UPS):
        committer.warm_up(classify(_sample(spark)))

    # The commit log alone says where to go on, so an old checkpoint can only disagree.
    checkpoint = jvm.org.apache.hadoop.fs.Path(settings.checkpoint)
    checkpoint.getFileSystem(hadoop).delete(checkpoint, True)
    progress.ProgressFile(Path(settings.progress)).listen(spark)
    failures: list[Exception] = []

    def commit(rows: DataFrame, _: int) -> None:
        try:
            committer.commit(rows)
        except Exception as error:
            failures.append(error)
            raise

    query = (
        classify(_records(spark, settings, topic, position))
        .writeStream.foreachBatch(commit)
        .option("checkpointLocation", settings.checkpoint)
        .trigger(processingTime=f"{round(settings.trigger_s * 1000)} milliseconds")
        .start()
    )
    while not stopping.wait(POLL_S):
        if not query.isActive:
            raise JobError("the query ended") from (failures[0] if failures else query.exception())
    committer.close()
    query.stop()


def _client(settings: JobSettings) -> dict[str, str]:
    """Return the settings of Kafka's client."""
    return {**settings.kafka, "bootstrap.servers": settings.bootstrap_servers}


def _records(
    spark: SparkSession, settings: JobSettings, topic: SourceTopic, position: recovery.Position
) -> DataFrame:
    return (
        spark.readStream.format("kafka")
        .options(**SOURCE)
        .options(**{f"kafka.{key}": value for key, value in _client(settings).items()})
        .option("subscribe", topic.name)
        .option("startingOffsets", topic.starting_offsets(position.offsets))
        .load()
    )


def _sample(spark: SparkSession) -> DataFrame:
    """Return 1,000 records for each table, with the columns of Spark's Kafka source."""
    time = '"event_timestamp": "2019-01-01 19:00:00"'
    login = f'{{"event_type": "login", {time}}}'
    order = f'{{"event_type": "order_food", "price": 10, {time}}}'
    return spark.range(3000).selectExpr(
        f"CAST(elt(CAST(id % 3 + 1 AS int), '{login}', '{order}', 'no JSON') AS binary) AS value",
        "0 AS partition",
        "id AS offset",
        "timestamp_millis(id) AS timestamp",
    )
