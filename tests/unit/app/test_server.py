"""The app under the web server that a run starts: what a client may send, byte by byte."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import psutil
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from app import ledger
from app.event import recreate_event
from app.web import ARGUMENT_CHARACTERS
from harness.cluster.services.web import WebService
from harness.config.model import AppSettings, Config
from tests.unit.harness.cluster import fakes

END = b" HTTP/1.1\r\nHost: user1.comcast.com\r\nConnection: close\r\n"
LOGIN = b"GET /login" + END
SLOW_CLIENTS = 100
START_S = 30


class Server:
    """Granian with the app; its Kafka is the stand-in that is a part of librdkafka."""

    def __init__(self, folder: Path, kafka: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._kafka = kafka
        self._config = Config(profile="test", app=AppSettings(port=self._port))
        web = WebService(fakes.create_context(folder, folder, self._config))
        web.prepare()
        self.ledger = web.context.addresses.ledger
        command = web.command()
        self._process = subprocess.Popen(
            command.arguments,
            env={
                **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
                "PYTHONPATH": os.pathsep.join(sys.path),
                **command.environment,
                "APP_BOOTSTRAP_SERVERS": kafka,
            },
        )
        deadline = time.monotonic() + START_S
        while not self._answers() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._workers = self._children()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(START_S)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port), timeout=10)

    def ask(self, request: bytes) -> int:
        """The status of the answer; 0 when the server hung up without one."""
        with self.connect() as connection:
            connection.sendall(request)
            answer = connection.makefile("rb").readline()
        return int(answer.split()[1]) if answer else 0

    def check(self) -> None:
        """No worker has died, and each accepted event is in Kafka once, as it was made."""
        assert self._children() == self._workers
        assert len(self._workers) == self._config.app.workers
        read = ledger.read(self.ledger)
        assert not read.in_doubt
        assert not read.lost
        arrived = self.messages()
        assert sorted(message["event_id"] for message in arrived) == sorted(read.accepted)
        for message in arrived:
            event_id = message["event_id"]
            made = recreate_event(self._config.seed, event_id, read.began[event_id])
            assert message.items() >= made.items()

    def messages(self) -> list[dict[str, Any]]:
        options = {"bootstrap.servers": self._kafka, "group.id": "test", "log_level": 0}
        topic = self._config.kafka.topic
        with Consumer(options) as consumer:
            partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
            tops = [TopicPartition(topic, number, 0) for number in partitions]
            consumer.assign(tops)
            count = sum(consumer.get_watermark_offsets(top, timeout=10)[1] for top in tops)
            messages = consumer.consume(count, timeout=10)
        return [json.loads(message.value() or b"") for message in messages]

    def _answers(self) -> bool:
        try:
            return self.ask(b"GET /healthz" + END + b"\r\n") == 200
        except ConnectionRefusedError:
            return False

    def _children(self) -> set[int]:
        return {child.pid for child in psutil.Process(self._process.pid).children()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Producer({"test.mock.num.brokers": 1, "log_level": 0}) as cluster:
        broker = cluster.list_topics(timeout=10).brokers[1]
        started = Server(tmp_path_factory.mktemp("server"), f"{broker.host}:{broker.port}")
        try:
            yield started
            started.check()
        finally:
            started.stop()


REFUSED = {
    "a line of 300 KB": (b"GET /login?x=" + b"x" * 300_000 + END + b"\r\n", 414),
    "a header of 1 MB": (LOGIN + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n", 431),
    "3,000 headers": (LOGIN + b"".join(b"X-%d: 1\r\n" % n for n in range(3_000)) + b"\r\n", 431),
    "NUL in a header": (LOGIN + b"X: a\0b\r\n\r\n", 400),
    "an escape in a header": (LOGIN + b"X: \x1b[2J\r\n\r\n", 400),
    "a folded header": (LOGIN + b"X: a\r\n b\r\n\r\n", 400),
    "a header without a name": (LOGIN + b": a\r\n\r\n", 400),
    "a blank in a name": (LOGIN + b"X A: a\r\n\r\n", 400),
    "a path of other bytes": (b"GET /\xff" + END + b"\r\n", 400),
    "an argument of other bytes": (b"GET /menu_search?menu=\xff" + END + b"\r\n", 400),
    "a method of other bytes": (b"G\xffT /login" + END + b"\r\n", 400),
    "an escaped path of other bytes": (b"GET /%ff" + END + b"\r\n", 404),
    "a length below 0": (LOGIN + b"Content-Length: -1\r\n\r\n", 400),
    "a length that is none": (LOGIN + b"Content-Length: x\r\n\r\n", 400),
    "two lengths": (LOGIN + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "a length of 23 digits": (LOGIN + b"Content-Length: " + b"9" * 23 + b"\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "HTTP/9": (b"GET /login HTTP/9.9\r\n\r\n", 400),
}
ACCEPTED = {
    "a header of 300 KB that JSON escapes": LOGIN + b"X: " + b'"' * 300_000 + b"\r\n\r\n",
    "a line of 60 KB": b"GET /login?x=" + b"x" * 60_000 + END + b"\r\n",
    "headers that are no UTF-8": LOGIN + b"X: \xe9\xff\r\nUser-Agent: \xff\r\n\r\n",
    "a body that is longer than said": LOGIN + b"Content-Length: 3\r\n\r\nabcdef",
    "a body that is shorter than said": LOGIN + b"Content-Length: 30\r\n\r\nabc",
    "a body in a broken chunk": LOGIN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "two lengths of one body": LOGIN
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a host that is none": b'GET /login HTTP/1.0\r\nHost: a b/"<>\r\n\r\n',
    "an argument that is no UTF-8": b"GET /menu_search?menu=%ff%ed%a0%80" + END + b"\r\n",
    "an argument of control characters": b"GET /menu_search?menu=%00%0a%09%1b" + END + b"\r\n",
}


@pytest.mark.parametrize(("request_", "status"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_request_makes_no_event(server: Server, request_: bytes, status: int) -> None:
    before = ledger.read(server.ledger)
    assert server.ask(request_) == status
    assert ledger.read(server.ledger) == before


@pytest.mark.parametrize("request_", ACCEPTED.values(), ids=ACCEPTED)
def test_an_odd_request_is_one_event(server: Server, request_: bytes) -> None:
    before = ledger.read(server.ledger)
    assert server.ask(request_) == 200
    assert len(ledger.read(server.ledger).accepted) == len(before.accepted) + 1


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title, str.swapcase])
@pytest.mark.parametrize("joint", ["-", "_"])
def test_a_header_never_says_what_the_event_says(server: Server, spell: object, joint: str) -> None:
    keys = recreate_event(1, "order_food-000000", "Thai")
    assert callable(spell)
    headers = "".join(f"{spell(key).replace('_', joint)}: forged\r\n" for key in keys)
    request = b"GET /order_food?menu=Thai" + END + headers.encode() + b"\r\n"
    assert server.ask(request) == 200
    server.check()
    forged = [message for message in server.messages() if "forged" in message.values()]
    assert forged
    assert not [key for message in forged for key in keys if message[key] == "forged"]


def test_slow_clients_do_not_hinder_others(server: Server) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(SLOW_CLIENTS)]
        for byte in LOGIN[:3]:
            for connection in slow:
                connection.sendall(bytes([byte]))
            began = time.monotonic()
            assert [server.ask(LOGIN + b"\r\n") for _ in range(10)] == [200] * 10
            assert time.monotonic() - began < 5
            time.sleep(1)
        slow[0].sendall(LOGIN[3:] + b"\r\n")
        assert slow[0].makefile("rb").readline().split()[1] == b"200"
    server.check()


_BYTES = st.binary(max_size=50)
_NAMES = st.sampled_from(["/", "/login", "/menu_search?menu=", "/post_review?review=", "/none"])
_HEADERS = st.lists(
    st.tuples(st.from_regex(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}", fullmatch=True), _BYTES),
    max_size=5,
)
_REQUESTS = st.builds(
    lambda method, path, rest, headers: (
        b"%b %b%b%b%b\r\n"
        % (
            method,
            path.encode(),
            quote_from_bytes(rest).encode() if "=" in path else rest,
            END,
            b"".join(b"%b: %b\r\n" % header for header in headers),
        )
    ),
    st.sampled_from([b"GET", b"HEAD", b"POST", b"TRACE"]) | _BYTES,
    _NAMES,
    st.binary(max_size=2 * ARGUMENT_CHARACTERS),
    _HEADERS,
)


def test_no_bytes_bring_a_5xx_or_end_a_worker(server: Server) -> None:
    @settings(max_examples=300, deadline=None)
    @given(request=_REQUESTS | st.binary(min_size=1, max_size=200).map(lambda b: b + b"\r\n\r\n"))
    def ask(request: bytes) -> None:
        with server.connect() as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            line = connection.makefile("rb").readline()
        assert not line.startswith(b"HTTP/1.1 5"), line

    ask()
    server.check()
