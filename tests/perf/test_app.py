"""The app's hot paths: what each event costs before it leaves for Kafka."""

from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from flask import Flask
from pytest_benchmark.fixture import BenchmarkFixture
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ, run_wsgi_app

from app import event
from app.counters import Counters
from app.ledger import LedgerWriter
from app.librdkafka import AcknowledgedPublisher, QueuedPublisher
from app.publisher import Publisher
from app.route import ROUTES
from app.settings import Settings
from app.web import create_app

HEADERS = {"Host": "user1.comcast.com", "User-Agent": "ApacheBench/2.3", "Accept": "*/*"}


class Nowhere:
    """Publishes nothing."""

    def publish(self, event_id: str, message: bytes) -> None:
        """Accepts any event."""


@cache
def mock_broker() -> tuple[Producer, str]:
    """librdkafka's own mock of a broker, over real sockets in this process, and its address.

    It lives as long as the process: a worker's producer does too, and tells when it is alone.
    """
    mock = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = mock.list_topics(timeout=10).brokers.values()
    return mock, f"{broker.host}:{broker.port}"


def publisher(kind: str, folder: Path, ledger: LedgerWriter) -> Publisher:
    _, kafka = mock_broker()
    # Linger is a wait and no work; one request at a time would see nothing else.
    settings = Settings(
        kafka, "menu_app_events", "librdkafka", kind, linger_ms=0, seed=1, ledger=folder
    )
    if kind == "acknowledged":
        return AcknowledgedPublisher(settings)
    return QueuedPublisher(settings, ledger.write_lost) if kind == "queued" else Nowhere()


def ask(application: Flask, environ: dict[str, Any]) -> str:
    """The status of one request's answer."""
    _, status, _ = run_wsgi_app(application, environ)
    return status


@pytest.mark.parametrize("kind", ["nowhere", "queued", "acknowledged"])
def test_request(benchmark: BenchmarkFixture, tmp_path: Path, kind: str) -> None:
    ledger = LedgerWriter(tmp_path)
    made = publisher(kind, tmp_path, ledger)
    application = create_app(1, Counters(tmp_path), ledger, made)
    environ = create_environ("/menu_search?menu=Thai", headers=Headers(HEADERS))
    # The first waits for the connection.
    ask(application, environ)
    assert benchmark(ask, application, environ) == "200 OK"


def test_event_made_and_encoded(benchmark: BenchmarkFixture) -> None:
    indices = count()
    route = ROUTES["order_food"]
    message = benchmark(
        lambda: event.encode_event(event.create_event(1, route, next(indices), "Thai"), HEADERS)
    )
    assert b'"order_food-' in message


def test_ledger_line(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    ledger = LedgerWriter(tmp_path)
    benchmark(ledger.write_accepted, "login-000001")
    (path,) = tmp_path.glob("*.log")
    assert path.read_bytes().startswith(b"accepted\tlogin-000001\n")
