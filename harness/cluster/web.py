"""The Flask app under its web server."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping

import requests

from harness.cluster import addresses
from harness.cluster.service import HOST, Command, Service, connect

TARGET = "app.wsgi:application"
TIMEOUT_S = 2


class Web(Service):
    """The app; ready when it answers."""

    name = "web"
    needs = ("kafka",)
    # Its producers see off what they hold, for up to 10 s.
    grace_s = 15.0

    def ports(self) -> Mapping[str, int]:
        """The HTTP port."""
        return {"app.port": self.site.config.app.port}

    def prepare(self) -> None:
        """Makes the ledger's folder; what an earlier start wrote there stays."""
        self.site.ledger.mkdir(parents=True, exist_ok=True)

    def empty(self) -> None:
        """Removes the ledger and the counters."""
        shutil.rmtree(self.site.ledger, ignore_errors=True)

    def command(self) -> Command:
        """Granian, or Flask's development server for the reference profile."""
        app, to = self.site.config.app, addresses.of(self.site.config, self.site.ledger)
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
                "APP_KAFKA": json.dumps(dict(to.kafka_settings)),
                "APP_PUBLISH": app.publish,
                "APP_LINGER_MS": str(app.linger_ms),
                "APP_SEED": str(self.site.config.seed),
                "APP_LEDGER": str(self.site.ledger),
            },
        )

    def probe(self) -> None:
        """Asks whether it is well."""
        port = self.site.config.app.port
        connect(port)
        requests.get(f"http://{HOST}:{port}/healthz", timeout=TIMEOUT_S).raise_for_status()
