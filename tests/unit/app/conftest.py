"""A worker's environment, and a process of its own to run it in."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest


class Run(Protocol):
    """Runs a script as a worker, whose last events have `within_s` to arrive when it ends."""

    def __call__(self, script: str, within_s: float = 0.2) -> subprocess.CompletedProcess[str]:
        """Return the worker when it has ended."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The app's variables; nothing listens where its Kafka should be."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        "PYTHONPATH": os.pathsep.join(sys.path),
        "APP_BOOTSTRAP_SERVERS": f"127.0.0.1:{port}",
        "APP_TOPIC": "menu_app_events",
        "APP_CLIENT": "librdkafka",
        "APP_PUBLISH": "acknowledged",
        "APP_LINGER_MS": "5",
        "APP_SEED": "1",
        "APP_LEDGER": str(tmp_path),
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """A worker in a process of its own."""

    def run_script(script: str, within_s: float = 0.2) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(sys.executable, "-W", "error"),
                # kafka-python reads its schemas so, which Python 3.11 and 3.12 call deprecated.
                *("-W", "ignore:read_text is deprecated:DeprecationWarning"),
                *("-W", "ignore:open_text is deprecated:DeprecationWarning"),
                "-c",
                f"from app import publisher; publisher.SEEN_OFF_WITHIN_S = {within_s}\n{script}",
            ],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run_script
