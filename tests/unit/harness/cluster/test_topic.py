"""The events topic's rights, and why a call failed, beside a broker's own answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AclOperation

from harness.cluster import topic
from harness.cluster.topic import NEEDED, EventsTopic

FAILED = KafkaException(KafkaError(KafkaError._TRANSPORT, "broker transport failure"))


class Admin:
    """A client whose broker allows what `allowed` says, and that hears of `errors` when polled."""

    allowed: list[AclOperation] | None = None
    errors: tuple[KafkaError, ...] = ()

    def __init__(self, settings: dict[str, Any]) -> None:
        assert settings["bootstrap.servers"] == "kafka:9092"
        self.heard: Callable[[KafkaError], None] = settings["error_cb"]

    def describe_topics(
        self, names: object, include_authorized_operations: bool
    ) -> dict[str, Future[SimpleNamespace]]:
        assert include_authorized_operations
        answer: Future[SimpleNamespace] = Future()
        answer.set_result(SimpleNamespace(authorized_operations=self.allowed))
        return {"events": answer}

    def list_topics(self, timeout: float) -> None:
        raise FAILED

    def poll(self, timeout: float) -> None:
        for error in self.errors:
            self.heard(error)


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> EventsTopic:
    monkeypatch.setattr(topic, "AdminClient", Admin)
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


def test_why_is_what_the_connections_said_last(
    events: EventsTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = (
        KafkaError(KafkaError._AUTHENTICATION, "SASL authentication error"),
        KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"),
    )
    monkeypatch.setattr(Admin, "errors", heard)
    with pytest.raises(KafkaException) as caught:
        events.exists()
    assert events.why(caught.value) == "SASL authentication error"


def test_why_is_the_error_s_own_word_where_they_said_nothing(events: EventsTopic) -> None:
    assert events.why(FAILED) == "broker transport failure"
