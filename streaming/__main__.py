"""`python -m streaming`: runs until it is told to stop by SIGTERM, or fails."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from typing import Any

from streaming.cause import root_cause
from streaming.job import run, session
from streaming.settings import Settings, SettingsError

JVM_EXIT_S = 10


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
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    gateway: Any = spark.sparkContext._gateway
    cause = None
    try:
        run(spark, settings, stopping)
    except Exception as error:
        traceback.print_exc()
        code = gateway.proc.poll()
        cause = root_cause(error) if code is None else f"the JVM ended with {code}"
    if gateway.proc.poll() is None:
        spark.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(JVM_EXIT_S)
    if cause:
        print(f"streaming: failed: {cause}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    # PySpark looks for these two by importing them, 40 MB that nothing here uses.
    sys.modules["numpy"] = sys.modules["pyarrow"] = None  # type: ignore[assignment]
    sys.exit(main())
