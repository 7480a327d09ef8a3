"""The entry point of a worker: `app.wsgi:application` for granian, `--app app.wsgi` for Flask."""

import os
import signal
import sys

from flask import Flask

from app.counters import Counters
from app.ledger import LedgerWriter
from app.librdkafka import AcknowledgedPublisher, QueuedPublisher
from app.publisher import Publisher
from app.settings import Settings, SettingsError, from_environment
from app.web import create_app


def _create_application() -> Flask:
    settings = from_environment(os.environ)
    counters = Counters(settings.ledger)
    ledger = LedgerWriter(settings.ledger)
    return create_app(settings.seed, counters, ledger, _create_publisher(settings, ledger))


def _create_publisher(settings: Settings, ledger: LedgerWriter) -> Publisher:
    if settings.client == "kafka-python":
        # Imported here: it takes 0.3 s, which a worker with librdkafka does without.
        from app.kafka_python import KafkaPythonPublisher  # noqa: PLC0415

        return KafkaPythonPublisher(settings, ledger.write_lost)
    if settings.publish == "queued":
        return QueuedPublisher(settings, ledger.write_lost)
    return AcknowledgedPublisher(settings)


# Flask's server sets no handler: SIGTERM would end it with events in the producer's queue.
signal.signal(signal.SIGTERM, lambda *_: sys.exit())

try:
    application = _create_application()
except SettingsError as error:
    sys.exit(f"The app does not start: {error}.")
