"""The job's progress file: one JSON line when it is ready, then one a micro-batch."""

import json
import os
import time
from pathlib import Path
from typing import Any, ClassVar

from pyspark.sql import SparkSession


class ProgressFile:
    """A listener of streaming queries that appends to a local file.

    `time_ms` is the Unix time of writing, `duration_ms` that of the whole micro-batch. The query
    is ready once it has done its first trigger, with or without messages.

    It reads the JVM's own events: PySpark's StreamingQueryListener first turns each event into
    Python objects, which took a fifth of the job's CPU.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._ready = False

    def listen(self, spark: SparkSession) -> None:
        """Report the queries of this session from now on."""
        jvm: Any = spark._jvm
        streaming = jvm.org.apache.spark.sql.streaming
        spark.streams._jsqm.addListener(streaming.PythonStreamingQueryListenerWrapper(self))

    def onQueryStarted(self, _: Any) -> None:
        """Do nothing: a query that has started may still fail in its first trigger."""

    def onQueryProgress(self, event: Any) -> None:
        """Report a micro-batch."""
        self._report_ready()
        progress = event.progress()
        self._append(
            event="batch",
            batch=progress.batchId(),
            input_rows=progress.numInputRows(),
            duration_ms=progress.batchDuration(),
        )

    def onQueryIdle(self, _: Any) -> None:
        """Report the first trigger, if there was no message."""
        self._report_ready()

    def onQueryTerminated(self, _: Any) -> None:
        """Do nothing: the job itself reports its end."""

    def _report_ready(self) -> None:
        if not self._ready:
            self._ready = True
            self._append(event="ready")

    def _append(self, **fields: object) -> None:
        line = json.dumps({**fields, "time_ms": time.time_ns() // 1_000_000})
        os.write(self._file, f"{line}\n".encode())

    class Java:
        """The Java interface that py4j presents this object under."""

        implements: ClassVar = ["org.apache.spark.sql.streaming.PythonStreamingQueryListener"]
