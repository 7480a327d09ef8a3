"""The Flask app under its web server."""

import json
import shutil
import sys
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from harness.cluster.services.service import HOST, Command, Service, connect, write
from harness.system import programs

TARGET = "app.wsgi:application"
TIMEOUT_S = 2


class WebService(Service):
    """The app; ready when it answers."""

    name = "web"
    needs = ("kafka",)
    # Its producers see off what they hold, for up to 10 s.
    grace_s = 15.0

    def ports(self) -> Mapping[str, int]:
        """Return the HTTP port."""
        return {"app.port": self.context.config.app.port}

    def prepare(self) -> None:
        """Make the ledger's folder, and keep what an earlier start wrote there."""
        self.context.addresses.ledger.mkdir(parents=True, exist_ok=True)
        if self.context.config.fault.clock:
            self.set_clock(0)

    def set_clock(self, ahead_s: int) -> None:
        """Set the app's clock ahead of the machine's, which takes up to a second."""
        write(self.clock, f"+{ahead_s}\n")

    def ahead_s(self) -> float:
        """Return how far the app's clock is ahead, by the date of a response."""
        url = f"http://{HOST}:{self.context.config.app.port}/healthz"
        answer = requests.get(url, timeout=self.extend(TIMEOUT_S))
        told = parsedate_to_datetime(answer.headers["Date"])
        return told.timestamp() - time.time()

    @property
    def clock(self) -> Path:
        """The file that says how far the app's clock is ahead, where it can be set."""
        return self.folder / "clock"

    def empty(self) -> None:
        """Remove the ledger and the counters."""
        shutil.rmtree(self.context.addresses.ledger, ignore_errors=True)

    def command(self) -> Command:
        """Return Granian's command, or that of Flask's development server for the reference."""
        app, to = self.context.config.app, self.context.addresses
        kafka = {
            "librdkafka": to.librdkafka_settings,
            "kafka-python": to.kafka_python_settings,
        }[app.client]
        arguments = {
            "granian": [
                *("granian", "--interface", "wsgi", "--host", HOST, "--port", str(app.port)),
                *("--workers", str(app.workers), "--blocking-threads", str(app.threads)),
                *("--http", "1", "--no-ws", "--no-access-log", "--log-level", "warning", TARGET),
            ],
            "development": [
                *("flask", "--app", TARGET, "run", "--no-reload"),
                *("--host", HOST, "--port", str(app.port)),
            ],
        }[app.server]
        return Command(
            [sys.executable, "-m", *arguments],
            {
                "APP_BOOTSTRAP_SERVERS": to.kafka,
                "APP_TOPIC": to.topic,
                "APP_KAFKA": json.dumps(dict(kafka)),
                "APP_CLIENT": app.client,
                "APP_PUBLISH": app.publish,
                "APP_LINGER_MS": str(app.linger_ms),
                "APP_SEED": str(self.context.config.seed),
                "APP_LEDGER": str(self.context.addresses.ledger),
                **(self.faketime() if self.context.config.fault.clock else {}),
            },
        )

    def faketime(self) -> Mapping[str, str]:
        """Return the variables of libfaketime: the app's clock can be set, intervals stay true."""
        return {
            "LD_PRELOAD": str(programs.libfaketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",
        }

    def probe(self) -> None:
        """Ask the app whether it is well."""
        port = self.context.config.app.port
        connect(port)
        url, within_s = f"http://{HOST}:{port}/healthz", self.extend(TIMEOUT_S)
        requests.get(url, timeout=within_s).raise_for_status()
