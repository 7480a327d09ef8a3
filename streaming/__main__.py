"""`python -m streaming`: runs until it is told to stop by SIGTERM, or fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import traceback
from typing import Any

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException

from streaming.cause import root_cause
from streaming.job import run, session
from streaming.settings import Settings, SettingsError

JVM_DEATH_S = 3
# Whoever wants it gone sooner kills it; a JVM that writes a class-data archive takes its time.
JVM_EXIT_S = 60


def main() -> int:
    """Run the job; return the exit code. On a failure the log ends with its cause."""
    try:
        settings = Settings.from_environ(os.environ)
    except SettingsError as error:
        print(f"streaming: {error}", file=sys.stderr)
        return 2
    # Until the query runs there is nothing to finish; the JVM ends with this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    spark = session()
    gateway: Any = spark.sparkContext._gateway
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    cause = None
    try:
        run(spark, settings, stopping)
        spark.stop()
    except (RuntimeError, OSError, Py4JError, PySparkException) as error:
        traceback.print_exc()
        # A signal to the whole process group has ended the JVM first: that is no failure.
        if not stopping.is_set():
            cause = _why(error, gateway.proc)
    _end(gateway.proc)
    if cause:
        print(f"streaming: failed: {cause}", file=sys.stderr)
        return 1
    return 0


def _why(error: Exception, jvm: subprocess.Popen[bytes]) -> str:
    """Return the cause of an error, which may be the end of the JVM that has just begun."""
    try:
        return f"the JVM ended with exit code {jvm.wait(JVM_DEATH_S)}"
    except subprocess.TimeoutExpired:
        return root_cause(error)


def _end(jvm: subprocess.Popen[bytes]) -> None:
    """See the JVM gone, which ends when its standard input does."""
    assert jvm.stdin
    jvm.stdin.close()
    try:
        jvm.wait(JVM_EXIT_S)
    except subprocess.TimeoutExpired:
        jvm.kill()
        jvm.wait()


if __name__ == "__main__":
    # PySpark looks for these two by importing them, 40 MB that nothing here uses.
    sys.modules["numpy"] = sys.modules["pyarrow"] = None  # type: ignore[assignment]
    sys.exit(main())
