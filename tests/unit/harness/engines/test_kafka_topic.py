"""The events topic's rights, and why a call failed, beside a broker's own answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AclOperation

from harness.engines import certificate, kafka_topic
from harness.engines.kafka_topic import NEEDED, EventsTopic

FAILED = KafkaException(KafkaError(KafkaError._TRANSPORT, "broker transport failure"))
FORBIDDEN = KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "not authorized"))
DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")
AWAY = KafkaError(KafkaError._TRANSPORT, "Connection refused")
STRANGER = KafkaError(KafkaError._AUTHENTICATION, "SASL authentication error")
DISTRUSTED = KafkaError(
    KafkaError._SSL, "ssl://kafka:9093/bootstrap: certificate verify failed: see ssl.ca.location"
)


class Admin:
    """A client whose broker allows what `allowed` says, and that hears of `errors` when polled.

    `waits` are how long it was to wait for the topics.
    """

    allowed: list[AclOperation] | None = None
    errors: tuple[KafkaError, ...] = ()
    waits: list[float]

    def __init__(self, settings: dict[str, Any]) -> None:
        assert settings["bootstrap.servers"] == "kafka:9092"
        self.heard: Callable[[KafkaError], None] = settings["error_cb"]
        type(self).waits = []

    def describe_topics(
        self, names: object, include_authorized_operations: bool, request_timeout: float
    ) -> dict[str, Future[SimpleNamespace]]:
        assert include_authorized_operations
        answer: Future[SimpleNamespace] = Future()
        answer.set_result(SimpleNamespace(authorized_operations=self.allowed))
        return {"events": answer}

    def list_topics(self, timeout: float) -> None:
        self.waits.append(timeout)
        raise FAILED

    def poll(self, timeout: float) -> None:
        for error in self.errors:
            self.heard(error)


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> EventsTopic:
    monkeypatch.setattr(kafka_topic, "AdminClient", Admin)
    return EventsTopic({"bootstrap.servers": "kafka:9092"}, "events", partitions=2)


@pytest.mark.parametrize(
    ("allowed", "lacking"),
    [
        ([*NEEDED], []),
        ([*NEEDED, AclOperation.ALTER], []),
        ([AclOperation.DESCRIBE, AclOperation.READ], ["DELETE", "WRITE"]),
        # Brokers that keep no lists say nothing.
        (None, []),
    ],
)
def test_rights_that_are_lacking_are_named(
    events: EventsTopic,
    monkeypatch: pytest.MonkeyPatch,
    allowed: list[AclOperation] | None,
    lacking: list[str],
) -> None:
    monkeypatch.setattr(Admin, "allowed", allowed)
    assert events.lacking() == lacking


def asked(events: EventsTopic, monkeypatch: pytest.MonkeyPatch, *errors: KafkaError) -> None:
    """Asks in vain, while the connections say so."""
    monkeypatch.setattr(Admin, "errors", errors)
    with pytest.raises(KafkaException, match="broker transport failure"):
        events.exists()


def test_why_is_what_the_connections_said_last(
    events: EventsTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(events, monkeypatch, AWAY, STRANGER, DOWN)
    assert events.why(FAILED) == "SASL authentication error"


def test_why_is_the_error_s_own_word_where_they_said_nothing(events: EventsTopic) -> None:
    assert events.why(FAILED) == "broker transport failure"


def test_why_is_what_a_broker_has_answered_whatever_they_said(
    events: EventsTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(events, monkeypatch, AWAY)
    assert events.why(FORBIDDEN) == "not authorized"


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("host mismatch", "ssl://kafka:9093: the certificate does not hold: host mismatch"),
        (None, DISTRUSTED.str()),
    ],
)
def test_why_is_what_is_amiss_with_a_certificate(
    events: EventsTopic, monkeypatch: pytest.MonkeyPatch, fault: str | None, why: str
) -> None:
    monkeypatch.setattr(
        certificate, "fault", lambda *server: {("kafka", 9093, None): fault}[server]
    )
    asked(events, monkeypatch, DISTRUSTED)
    assert events.why(FAILED) == why


@pytest.mark.parametrize(
    ("said", "waits"), [(STRANGER, [1]), (DISTRUSTED, [1]), (AWAY, [1, 4]), (DOWN, [1, 4])]
)
def test_who_is_not_let_in_does_not_wait_for_an_answer(
    events: EventsTopic, monkeypatch: pytest.MonkeyPatch, said: KafkaError, waits: list[float]
) -> None:
    asked(events, monkeypatch, said)
    assert Admin.waits == waits
