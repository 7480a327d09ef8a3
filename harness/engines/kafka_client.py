"""Kafka through kafka-python: the app uses librdkafka, and no fault of one client hides in both."""

import ssl
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from kafka import KafkaAdminClient
from kafka.errors import (
    BrokerResponseError,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    SaslAuthenticationFailedError,
    for_code,
)
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from harness.errors import ServiceFailed

T = TypeVar("T")


class KafkaClient:
    """An administration client of the brokers at `address`, `host:port,host:port`.

    `settings` are kafka-python's, and `timeout_s` is how long a request may take. `connect`, or
    else the first call, connects. From then on the client owns kafka-python's thread, which does
    all input and output, and its connections, until `close`, the client's last reference or the
    process ends.
    """

    def __init__(self, address: str, settings: Mapping[str, object], timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._settings = {
            **settings,
            "bootstrap_servers": address,
            "request_timeout_ms": round(timeout_s * 1_000),
            # kafka-python's default is 30 s, a long wait for a Kafka that is back.
            "reconnect_backoff_max_ms": 1_000,
        }
        self._admin: KafkaAdminClient | None = None
        self._connections: _Connections | None = None
        self._finalize: weakref.finalize[..., KafkaClient] | None = None

    def call(self, ask: Callable[[KafkaAdminClient], T]) -> T:
        """Return what `ask` gets from Kafka; raises ServiceFailed with the reason."""
        # A broker that is back is tried by kafka-python again within some time, and not by a call.
        retrying = Retrying(
            retry=retry_if_exception_type((NodeNotReadyError, KafkaConnectionError)),
            wait=wait_fixed(0.05),
            stop=stop_after_delay(self.timeout_s),
            reraise=True,
        )
        if self._admin is None:
            self.connect(self.timeout_s)
        with self._translated():
            return retrying(ask, self._admin)

    def connect(self, within_s: float) -> None:
        """Connect to any of the brokers; raises ServiceFailed with the reason."""
        with self._translated():
            self._connect(round(within_s * 1_000))

    def close(self) -> None:
        """Close the connections and end kafka-python's thread; a later call connects anew."""
        self._admin = self._connections = None
        if self._finalize is not None:
            self._finalize()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise ServiceFailed for kafka-python's errors; close what cannot serve a later call."""
        try:
            yield
        # RuntimeError: kafka-python found no controller.
        except (KafkaError, RuntimeError) as error:
            why = self._explain(error)
            if self._admin is None or (self._connections and self._connections.is_refused):
                self.close()
            raise ServiceFailed("A request to Kafka failed.", why=why) from error

    def _connect(self, within_ms: int) -> None:
        settings = {**self._settings, "bootstrap_timeout_ms": within_ms}
        config = {**KafkaAdminClient.DEFAULT_CONFIG, **settings}
        network = NetworkSelector()
        self._connections = _Connections(network, within_ms, **config)
        client = KafkaNetClient(network, self._connections)
        # No reference to self below: it would keep the client from its end.
        self._finalize = weakref.finalize(self, client.close)
        self._admin = KafkaAdminClient(**settings, kafka_client=lambda **_: client)

    def _explain(self, error: Exception) -> str:
        """Return a broker's answer, or else why the last connection failed, or the error's text."""
        failure = None if self._connections is None else self._connections.failure
        return str(error) if failure is None or isinstance(error, BrokerResponseError) else failure


class _Connections(KafkaConnectionManager):  # type: ignore[misc]
    """kafka-python's connections, bounded in time, which remember why the last one failed.

    kafka-python bounds neither a TLS handshake nor the wait for a connection by the request's
    timeout. It also connects again until its time is up, whatever the reason of the failure, and
    then raises an error without that reason.
    """

    def __init__(self, network: NetworkSelector, bootstrap_within_ms: int, **config: Any) -> None:
        super().__init__(network, **config)
        self._bootstrap_within_ms = bootstrap_within_ms
        self.failure: str | None = None
        self.is_refused = False

    def run(self, call: Callable[..., Any], *arguments: object) -> Any:
        """Return what the call returns on kafka-python's thread; raises KafkaTimeoutError."""
        return self._run_within(self.config["request_timeout_ms"], call, *arguments)

    def bootstrap(self, *arguments: object) -> None:
        """Connect to any of the brokers; raises KafkaError."""
        self._run_within(self._bootstrap_within_ms, self.bootstrap_async, *arguments)

    def _run_within(self, within_ms: int, call: Callable[..., Any], *arguments: object) -> Any:
        async def bounded() -> Any:
            return await self.wait_for(self.call_soon(call, *arguments), within_ms)

        return super().run(bounded)

    def get_connection(self, node_id: object, **options: Any) -> Any:
        """Return a connection to a broker; raises KafkaError where the last one was refused."""
        if self.is_refused:
            raise KafkaError(self.failure)
        connection = super().get_connection(node_id, **options)
        node = self.cluster.broker_metadata(node_id)
        # None of a broker that has left.
        address = f"{node.host}:{node.port}" if node else str(node_id)
        connection.close_future.add_errback(self._note, address)
        return connection

    async def _build_transport(self, *arguments: Any, **options: Any) -> Any:
        """Return a transport that gives its protocol what came just before the broker hung up.

        kafka-python throws it away, and with it a broker's word that a password is wrong.
        """
        transport = await super()._build_transport(*arguments, **options)
        receive = transport._sock_recv

        def receive_before_end() -> tuple[bytes, Exception | None]:
            received, error = receive()
            return received, None if received else error

        transport._sock_recv = receive_before_end
        return transport

    def _note(self, address: str, error: Exception) -> None:
        # As text: the frames of the error's traceback would keep the socket open.
        self.failure, cause = str(error), error.__context__
        # Another attempt would end alike.
        self.is_refused = isinstance(error, SaslAuthenticationFailedError)
        if isinstance(cause, ssl.SSLCertVerificationError):
            self.failure = f"{address}: the certificate does not hold: {cause.verify_message}"
            self.is_refused = True


def describe_topic(admin: KafkaAdminClient, name: str) -> dict[str, Any]:
    """Return a topic's metadata; raises KafkaError where the broker does not give it."""
    (topic,) = admin.describe_topics([name])
    return check_answer(topic)


def check_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """Return a broker's answer about a topic; raises the KafkaError that it holds."""
    if answer["error_code"]:
        raise for_code(answer["error_code"])(answer.get("error_message") or answer["name"])
    return answer
