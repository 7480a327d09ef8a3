"""`python -m streaming`: run the job until SIGTERM, or until it fails."""

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
from streaming.job import create_session, run_job
from streaming.settings import JobSettings, JobSettingsError

JVM_DEATH_S = 3


def main() -> int:
    """Run the job; return the exit code. On a failure the log ends with its cause."""
    try:
        settings = JobSettings.from_environ(os.environ)
    except JobSettingsError as error:
        print(f"streaming: {error}", file=sys.stderr)
        return 2
    # Until the query runs there is nothing to finish; the JVM ends with this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    spark = create_session()
    gateway: Any = spark.sparkContext._gateway
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    cause = None
    try:
        run_job(spark, settings, stopping)
        spark.stop()
    except (RuntimeError, OSError, Py4JError, PySparkException) as error:
        traceback.print_exc()
        # A signal to the whole process group ends the JVM first, which is no failure.
        if not stopping.is_set():
            cause = _find_cause(error, gateway.proc)
    _end_jvm(gateway.proc, settings.end_s)
    if cause:
        print(f"streaming: failed: {cause}", file=sys.stderr)
        return 1
    return 0


def _find_cause(error: Exception, jvm: subprocess.Popen[bytes]) -> str:
    """Return the cause of an error: the JVM's end, if it ends within 3 s."""
    try:
        return f"the JVM ended with exit code {jvm.wait(JVM_DEATH_S)}"
    except subprocess.TimeoutExpired:
        return root_cause(error)


def _end_jvm(jvm: subprocess.Popen[bytes], within_s: float) -> None:
    """Close the JVM's standard input, on which it ends, and wait; kill it after `within_s`."""
    assert jvm.stdin
    jvm.stdin.close()
    try:
        jvm.wait(within_s)
    except subprocess.TimeoutExpired:
        jvm.kill()
        jvm.wait()


if __name__ == "__main__":
    # PySpark looks for these two by importing them, 40 MB that nothing here uses.
    sys.modules["numpy"] = sys.modules["pyarrow"] = None  # type: ignore[assignment]
    sys.exit(main())
