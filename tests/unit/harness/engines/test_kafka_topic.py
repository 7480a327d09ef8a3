"""The events topic's administration, by what a broker answers."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from harness.engines.kafka_client import KafkaClient
from harness.engines.kafka_topic import NEEDED, EventsTopic
from harness.errors import ServiceFailed

DONE = {"error_code": 0, "error_message": None, "name": "events"}
FORBIDDEN = {"error_code": 29, "error_message": None, "name": "events"}
EXISTS = {"error_code": 36, "error_message": "it is marked for deletion", "name": "events"}


class FakeAdmin(KafkaClient):
    """A client of a broker that gives `answers`, which librdkafka's stand-in has none of.

    `asked` are the calls.
    """

    def __init__(self, *answers: dict[str, Any]) -> None:
        super().__init__("kafka:9092", {}, 5)
        self._answers = list(answers)
        self.asked: list[str] = []

    def _connect(self, _: int) -> None:
        def answer(call: str) -> Callable[..., dict[str, Any]]:
            def ask(_: object, *, raise_errors: bool) -> dict[str, Any]:
                assert not raise_errors
                self.asked.append(call)
                return {"topics": [self._answers.pop(0)]}

            return ask

        self._admin = SimpleNamespace(
            create_topics=answer("create"),
            delete_topics=answer("delete"),
            wait_for_topics=lambda names: self.asked.append("wait"),
            describe_topics=lambda names: [self._answers.pop(0)],
        )


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        ([*NEEDED], []),
        ([*NEEDED, "ALTER"], []),
        (["DESCRIBE", "READ"], ["DELETE", "WRITE"]),
        # Brokers that keep no lists say nothing.
        (None, []),
    ],
)
def test_missing_rights_are_named(allowed: list[str] | None, missing: list[str]) -> None:
    client = FakeAdmin({**DONE, "authorized_operations": allowed})
    assert EventsTopic(client, "events", partitions=2).list_missing_rights() == missing


@pytest.mark.parametrize("call", ["create", "delete"])
def test_refused_call_fails_with_the_brokers_word(call: str) -> None:
    client = FakeAdmin(FORBIDDEN)
    with pytest.raises(ServiceFailed) as caught:
        getattr(EventsTopic(client, "events", partitions=2), call)()
    assert "TopicAuthorizationFailedError: events" in caught.value.why


def test_emptied_topic_is_created_once_the_old_one_is_gone() -> None:
    client = FakeAdmin(DONE, EXISTS, EXISTS, DONE)
    EventsTopic(client, "events", partitions=2).empty()
    assert client.asked == ["delete", "create", "create", "create", "wait"]
