"""The broker that is a part of librdkafka, as kafka-python can speak to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

from confluent_kafka import Producer

# Its answer to newer clients' question for versions cannot be parsed.
SETTINGS = MappingProxyType({"api_version": (2, 3)})


@contextmanager
def started() -> Iterator[tuple[str, Producer]]:
    """The address of a broker, and a producer for it."""
    with Producer({"test.mock.num.brokers": 1, "log_level": 0}) as cluster:
        broker = cluster.list_topics(timeout=10).brokers[1]
        yield f"{broker.host}:{broker.port}", cluster
