"""Calls of a real broker's stand-in, and of servers that do not answer as a broker does."""

import contextlib
import gc
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaConnectionError, KafkaError, NodeNotReadyError

from harness.engines.kafka_client import KafkaClient, describe_topic
from harness.errors import ServiceFailed
from tests.authority import Authority
from tests.unit.harness import mock_kafka

HOST = "127.0.0.1"

# kafka-python leaves the socket of a connection that it could not make to the garbage collector.
leaves_sockets = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    # Records that pytest keeps hold errors, whose frames hold sockets.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("kafka").setLevel(logging.NOTSET)
    gc.collect()


def list_topics(client: KafkaClient) -> list[str]:
    topics: list[str] = client.call(KafkaAdminClient.list_topics)
    return topics


def fail(client: KafkaClient) -> str:
    """The reason of a call that fails."""
    with pytest.raises(ServiceFailed) as caught:
        list_topics(client)
    return caught.value.why


def count_threads() -> int:
    """How many threads of kafka-python this process has."""
    return sum(thread.name.startswith("kafka-io") for thread in threading.enumerate())


def count_files() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_one_thread_serves_all_calls() -> None:
    with mock_kafka.started() as (address, _):
        client = KafkaClient(address, mock_kafka.SETTINGS, 5)
        for _ in range(3):
            assert list_topics(client) == []
            assert count_threads() == 1
        client.close()
        assert count_threads() == 0
        assert list_topics(client) == []
        client.close()


def test_last_reference_ends_thread_and_connections() -> None:
    with mock_kafka.started() as (address, _):
        client = KafkaClient(address, mock_kafka.SETTINGS, 5)
        list_topics(client)
        assert count_threads() == 1
        del client
        assert count_threads() == 0


def test_brokers_answer_is_the_reason() -> None:
    with mock_kafka.started() as (address, _):
        client = KafkaClient(address, mock_kafka.SETTINGS, 5)
        with pytest.raises(ServiceFailed, match="A request to Kafka failed") as caught:
            client.call(lambda admin: describe_topic(admin, "events"))
        client.close()
    assert "UnknownTopicOrPartitionError: events" in caught.value.why


@leaves_sockets
def test_broker_that_is_down_is_named_in_time_and_quietly(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server((HOST, 0)) as listener:
        address = f"{HOST}:{listener.getsockname()[1]}"
    files = count_files()
    client = KafkaClient(address, {}, 0.25)
    start = time.monotonic()
    assert "ECONNREFUSED" in fail(client)
    assert time.monotonic() - start < 1
    gc.collect()
    assert (count_threads(), count_files()) == (0, files)
    assert capfd.readouterr() == ("", "")


@leaves_sockets
def test_broker_that_is_gone_costs_little_and_is_found_again() -> None:
    with mock_kafka.started() as (address, _):
        client = KafkaClient(address, mock_kafka.SETTINGS, 0.25)
        list_topics(client)
    fail(client)
    attempts = 0
    with socket.create_server((HOST, int(address.rpartition(":")[2]))) as listener:
        listener.settimeout(0)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            fail(client)
            with contextlib.suppress(BlockingIOError):
                while True:
                    listener.accept()[0].close()
                    attempts += 1
    client.close()
    assert 0 < attempts < 20


def test_call_goes_on_until_kafka_python_has_tried_a_broker_again() -> None:
    errors = [NodeNotReadyError(), KafkaConnectionError()]

    def ask(_: KafkaAdminClient) -> str:
        if errors:
            raise errors.pop()
        return "answered"

    with mock_kafka.started() as (address, _):
        client = KafkaClient(address, mock_kafka.SETTINGS, 2)
        assert client.call(ask) == "answered"
        client.close()


@pytest.mark.parametrize("error", [KafkaError("refused"), RuntimeError("no controller")])
def test_client_that_was_refused_connects_anew(error: Exception) -> None:
    def ask(_: KafkaAdminClient) -> str:
        assert client._connections is not None
        client._connections.is_refused = True
        raise error

    with mock_kafka.started() as (address, _):
        client = KafkaClient(address, mock_kafka.SETTINGS, 2)
        with pytest.raises(ServiceFailed) as caught:
            client.call(ask)
        assert caught.value.why == str(error)
        assert count_threads() == 0
        list_topics(client)
        client.close()


@leaves_sockets
@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_server_that_hangs_ends_a_call_in_time(protocol: str) -> None:
    with socket.create_server((HOST, 0)) as listener:
        address = f"{HOST}:{listener.getsockname()[1]}"
        client = KafkaClient(address, {"security_protocol": protocol}, 0.25)
        start = time.monotonic()
        assert "imed out" in fail(client)
        assert time.monotonic() - start < 1


@contextmanager
def tls_server(shown: Path) -> Iterator[str]:
    """The address of a server that shows a certificate to one client."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown)

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            context.wrap_socket(connection, server_side=True).close()

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"{HOST}:{listener.getsockname()[1]}"
        thread.join()


def ask_in_tls(address: str, ca: Path) -> tuple[str, float]:
    """Why a call failed, and after how long."""
    settings = {"security_protocol": "SSL", "ssl_cafile": str(ca)}
    start = time.monotonic()
    return fail(KafkaClient(address, settings, 5)), time.monotonic() - start


@leaves_sockets
@pytest.mark.parametrize(
    ("host", "trusted", "fault"),
    [
        ("DNS:kafka.example", "ca", "IP address mismatch"),
        (f"IP:{HOST}", "foreign", "unable to get local issuer"),
    ],
)
def test_certificate_that_does_not_hold_is_named_at_once(
    tmp_path: Path, host: str, trusted: str, fault: str
) -> None:
    authority = Authority(tmp_path)
    (tmp_path / "foreign").mkdir()
    ca = authority.ca if trusted == "ca" else Authority(tmp_path / "foreign").ca
    with tls_server(authority.certify("server", host)) as address:
        why, waited_s = ask_in_tls(address, ca)
    assert why.startswith(f"{address}: the certificate does not hold: {fault}")
    assert waited_s < 2


def test_kafka_python_prints_nothing_by_itself() -> None:
    assert any(isinstance(one, logging.NullHandler) for one in logging.getLogger("kafka").handlers)


@leaves_sockets
def test_last_words_of_a_broker_that_hangs_up_are_heard() -> None:
    def answer() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    # A response to a request that nobody has made.
                    connection.sendall(b"\0\0\0\4\0\0\0\7")

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        address = f"{HOST}:{listener.getsockname()[1]}"
        why = fail(KafkaClient(address, {}, 0.25))
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert "orrelation" in why
