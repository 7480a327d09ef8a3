"""The publishers in a worker's process: with Kafka's protocol, and with Kafka away."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from app import ledger, publisher
from app.event import recreate_event
from app.ledger import Ledger
from tests.unit.app.conftest import Run

TOPIC = "menu_app_events"
LOGINS: dict[str, str | None] = {f"login-{index:06d}": None for index in range(2)}
REQUESTS = """
import time
from app.wsgi import application
client = application.test_client()
for _ in range(2):
    start = time.monotonic()
    print(client.get("/login").status_code, time.monotonic() - start)
"""
# The acknowledgement of the first is late, and only that.
BACK = """
import time
from app import publisher
from app.wsgi import application
client = application.test_client()
publisher.ACKNOWLEDGED_WITHIN_S = 0
print(client.get("/login").status_code)
publisher.ACKNOWLEDGED_WITHIN_S = 1.5
deadline = time.monotonic() + 10
while client.get("/login").status_code != 200 and time.monotonic() < deadline:
    time.sleep(0.02)
print(client.get("/login").status_code)
"""
# Kafka takes messages of at most 1 MB, and the queue holds 32 MB of them.
TOO_LARGE = """
from app.wsgi import application
print(application.test_client().get("/login", headers={"X": "x" * 2_000_000}).status_code)
"""
TOO_MANY = """
from app.wsgi import application
client = application.test_client()
print(*[client.get("/login", headers={"X": "x" * 900_000}).status_code for _ in range(50)])
"""
# As granian and Flask's server do it, but for the server.
TERMINATED = f"""{REQUESTS}
import os, signal
os.kill(os.getpid(), signal.SIGTERM)
signal.pause()
"""


@pytest.fixture
def kafka(environment: dict[str, str]) -> Iterator[str]:
    """The address of a broker: the stand-in that is a part of librdkafka."""
    with Producer({"test.mock.num.brokers": 1, "log_level": 0}) as cluster:
        broker = cluster.list_topics(timeout=10).brokers[1]
        environment["APP_BOOTSTRAP_SERVERS"] = f"{broker.host}:{broker.port}"
        yield environment["APP_BOOTSTRAP_SERVERS"]


def messages(address: str) -> list[bytes | None]:
    options = {"bootstrap.servers": address, "group.id": "test", "log_level": 0}
    with Consumer(options) as consumer:
        partitions = consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions
        tops = [TopicPartition(TOPIC, number, 0) for number in partitions]
        consumer.assign(tops)
        count = sum(consumer.get_watermark_offsets(top, timeout=10)[1] for top in tops)
        return [message.value() for message in consumer.consume(count, timeout=10)]


WAYS = {
    "acknowledged": {"APP_PUBLISH": "acknowledged"},
    "queued": {"APP_PUBLISH": "queued"},
    "kafka-python": {
        "APP_CLIENT": "kafka-python",
        "APP_PUBLISH": "queued",
        # The stand-in's answer to newer clients' question for versions cannot be parsed.
        "APP_KAFKA": json.dumps({"api_version": "2.3"}),
    },
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("script", [REQUESTS, TERMINATED])
def test_what_was_accepted_is_in_kafka_once(
    kafka: str,
    environment: dict[str, str],
    run: Run,
    tmp_path: Path,
    way: str,
    script: str,
) -> None:
    environment |= WAYS[way]
    # What the worker has by itself: on a busy machine the connection takes over 0.2 s.
    ended = run(script, within_s=publisher.SEEN_OFF_WITHIN_S)
    assert [line.split()[0] for line in ended.stdout.splitlines()] == ["200"] * 2
    assert ended.returncode == 0
    assert ledger.read(tmp_path) == Ledger(began=LOGINS, accepted=set(LOGINS))
    arrived = sorted((json.loads(message or b"") for message in messages(kafka)), key=str)
    made = [recreate_event(1, event_id, None) for event_id in LOGINS]
    assert arrived == sorted(
        ({"Host": "localhost", "User-Agent": arrived[0]["User-Agent"], **event} for event in made),
        key=str,
    )


def test_once_kafka_is_away_events_are_refused_at_once(run: Run, tmp_path: Path) -> None:
    ended = run(REQUESTS)
    (first, waited), (second, at_once) = (line.split() for line in ended.stdout.splitlines())
    assert (first, second) == ("503", "503")
    assert 1 < float(waited) < 2
    assert float(at_once) < 0.5
    read = ledger.read(tmp_path)
    assert (read.in_doubt, read.refused) == ({"login-000000"}, {"login-000001"})


@pytest.mark.usefixtures("kafka")
def test_when_kafka_is_back_events_are_accepted(run: Run, tmp_path: Path) -> None:
    ended = run(BACK)
    assert ended.stdout.split() == ["503", "200"], ended.stderr
    read = ledger.read(tmp_path)
    assert read.in_doubt == {"login-000000"}
    assert len(read.accepted) == 2


def test_without_kafka_the_answer_is_a_503_within_2_s(run: Run, tmp_path: Path) -> None:
    ended = run(REQUESTS)
    answers = [line.split() for line in ended.stdout.splitlines()]
    assert [status for status, _ in answers] == ["503"] * 2
    assert max(float(seconds) for _, seconds in answers) < 2
    read = ledger.read(tmp_path)
    assert (read.began, read.accepted) == (LOGINS, set())


def test_a_message_that_the_producer_does_not_take_is_refused(run: Run, tmp_path: Path) -> None:
    assert run(TOO_LARGE).stdout == "503\n"
    assert ledger.read(tmp_path) == Ledger(began={"login-000000": None}, refused={"login-000000"})


def test_a_queue_that_is_full_refuses_and_what_it_held_is_lost(
    environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    environment["APP_PUBLISH"] = "queued"
    statuses = run(TOO_MANY).stdout.split()
    taken = statuses.count("200")
    assert 30 < taken < 40
    assert statuses == ["200"] * taken + ["503"] * (50 - taken)
    read = ledger.read(tmp_path)
    assert len(read.accepted) == taken
    assert read.lost == read.accepted
    assert read.refused == read.began.keys() - read.accepted


# The broker answers nothing from the first event on.
HELD = """
import os, signal
from app.wsgi import application
client = application.test_client()
print(client.get("/login").status_code)
os.kill(int(os.environ["BROKER"]), signal.SIGSTOP)
print(*[client.get("/login").status_code for _ in range(3)])
"""
BROKER = """
import signal
from confluent_kafka import Producer
with Producer({"test.mock.num.brokers": 1, "log_level": 0}) as cluster:
    broker = cluster.list_topics(timeout=10).brokers[1]
    print(f"{broker.host}:{broker.port}", flush=True)
    signal.pause()
"""


@pytest.mark.parametrize("way", ["queued", "kafka-python"])
def test_events_that_no_broker_acknowledged_in_time_are_lost(
    environment: dict[str, str], run: Run, tmp_path: Path, way: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BROKER], env=environment, stdout=subprocess.PIPE, text=True
    ) as broker:
        assert broker.stdout is not None
        environment |= WAYS[way]
        environment["APP_BOOTSTRAP_SERVERS"] = broker.stdout.readline().strip()
        environment["BROKER"] = str(broker.pid)
        ended = run(HELD)
        broker.kill()
    assert ended.stdout.split() == ["200"] * 4, ended.stderr
    assert ended.stderr == ""
    read = ledger.read(tmp_path)
    assert len(read.accepted) == 4
    assert read.lost >= {f"login-{index:06d}" for index in range(1, 4)}


def test_message_that_kafka_python_does_not_take_is_refused(
    kafka: str, environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    environment |= WAYS["kafka-python"]
    assert run(TOO_LARGE).stdout == "503\n"
    assert ledger.read(tmp_path) == Ledger(began={"login-000000": None}, refused={"login-000000"})
