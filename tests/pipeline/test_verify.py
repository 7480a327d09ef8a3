"""Load of somebody's own, and the count ladder over it."""

import csv
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

import pytest
import requests
from kafka import TopicPartition

from app.ledger import Ledger
from app.route import ROUTES, Route
from harness.verify.offsets import TopicOffsets
from tests.pipeline.repository import FOREIGN, Repository, put, wait_until, write
from tests.pipeline.test_classify import BAD

# Orders whose time is not the one in the message: as it stands, and in the zone that it is in.
MOVED = """
    SELECT count_if(date_format(event_timestamp, '%Y-%m-%d %H:%i:%s') <> sent),
        count_if(date_format(event_timestamp AT TIME ZONE 'UTC', '%Y-%m-%d %H:%i:%s') <> sent)
    FROM (
        SELECT event_timestamp, json_extract_scalar(raw_event, '$.event_timestamp') AS sent
        FROM menu_app_orders
    )
"""
ARGUMENTS = [route for route in ROUTES.values() if route.argument]


def url(repository: Repository, path: str) -> str:
    return f"http://{repository.addresses.web}{path}"


def verify(repository: Repository, accepted: int | None = None) -> None:
    """Runs the verb; the ladder must hold, with so many events on each rung.

    Kafka's rung is left out: it counts the dead letters too.
    """
    said = repository.harness("verify")
    assert said.code == 0, said
    cells = next(line.split() for line in said.out.splitlines() if line.startswith("all "))
    _, sent, *rungs = (cell.replace(",", "") for cell in cells)
    assert sent == "-"
    if accepted is not None:
        assert [rungs[0], rungs[2], rungs[3]] == [str(accepted)] * 3


@pytest.fixture
def before(standing: Repository) -> Ledger:
    """The ledger before the test."""
    return standing.ledger()


def test_own_load_without_keep_alive(standing: Repository, before: Ledger) -> None:
    for path, number in (("/login", 300), ("/order_food?menu=Thai", 40), ("/", 3)):
        said = standing.run(["ab", "-q", "-n", f"{number}", "-c", "3", url(standing, path)])
        assert said.code == 0, said
        assert "Failed requests:        0" in said.out
    verify(standing, len(before.accepted) + 343)
    ((orders,),) = standing.select(
        "SELECT count(*) FROM menu_app_orders WHERE description = 'Thai'"
    )
    assert orders == sum(
        argument == "Thai" and event_id.startswith("order_food")
        for event_id, argument in standing.ledger().began.items()
    )


def test_a_clients_zone_moves_no_time(standing: Repository) -> None:
    requests.get(url(standing, "/order_food?menu=Thai")).raise_for_status()
    verify(standing)
    # The second has a time that is there twice among those of the orders.
    for zone in ("Asia/Kolkata", "America/Sao_Paulo"):
        assert standing.select(MOVED, zone) == [(0, 0)]
    said = standing.harness("sql", text=MOVED, environment=standing.environment(TZ="Asia/Kolkata"))
    assert said.code == 0, said
    assert list(csv.reader(said.out.splitlines())) == [["0", "0"]]


def test_headers_are_columns(standing: Repository) -> None:
    headers = {"User-Agent": "a test", "Accept": "text/x", "Host": "user1.comcast.com"}
    answer = requests.get(url(standing, "/post_review?review=Good+%26+hot!"), headers=headers)
    assert answer.status_code == 200
    verify(standing)
    query = "SELECT host, accept, description, raw_event FROM menu_app_events {}"
    ((*columns, raw_event),) = standing.select(query.format("WHERE user_agent = 'a test'"))
    assert columns == ["user1.comcast.com", "text/x", "Good & hot!"]
    event = json.loads(raw_event)
    assert event.items() >= headers.items()
    assert event["description"] == "Good & hot!"


class TestBadParameters:
    @pytest.fixture(autouse=True)
    def unchanged(self, standing: Repository) -> Iterator[None]:
        """No bad request leaves an event."""
        began = standing.ledger().began
        counters = (standing.addresses.ledger / "counters").read_bytes()
        yield
        assert standing.ledger().began == began
        assert (standing.addresses.ledger / "counters").read_bytes() == counters

    @pytest.mark.parametrize("route", ARGUMENTS, ids=lambda route: route.name)
    @pytest.mark.parametrize("value", [None, "", "x" * 1025, "ü" * 1025])
    def test_argument(self, standing: Repository, route: Route, value: str | None) -> None:
        assert route.argument is not None
        given = {} if value is None else {route.argument: value}
        refuse(requests.get(url(standing, route.path), given), 400)

    @pytest.mark.parametrize("path", [route.path for route in ROUTES.values()])
    @pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "DELETE", "OPTIONS"])
    def test_method(self, standing: Repository, method: str, path: str) -> None:
        given = {"menu": "Thai", "review": "Good", "stars": "5"}
        answer = requests.request(method, url(standing, path), params=given)
        refuse(answer, 405, empty=method == "HEAD")

    @pytest.mark.parametrize("path", ["/nowhere", "/login/", "/login0/1", "/LOGIN"])
    def test_path(self, standing: Repository, path: str) -> None:
        refuse(requests.get(url(standing, path), allow_redirects=False), 404)

    def test_health_makes_no_event(self, standing: Repository) -> None:
        assert requests.get(url(standing, "/healthz")).status_code == 200


def refuse(answer: requests.Response, status: int, empty: bool = False) -> None:
    """A refusal is one line of text."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/plain")
    if not empty:
        assert answer.text.strip()
        assert answer.text.count("\n") == 1


def test_longest_argument_is_taken(standing: Repository, before: Ledger) -> None:
    text = "ü" * 1024
    answer = requests.get(url(standing, "/post_review"), {"review": text})
    assert answer.status_code == 200
    (event_id,) = standing.ledger().accepted - before.accepted
    verify(standing)
    query = f"SELECT length(description) FROM menu_app_events WHERE event_id = '{event_id}'"
    assert standing.select(query) == [(1024,)]


def test_messages_that_are_no_events_are_dead_letters(standing: Repository, before: Ledger) -> None:
    # The table is emptied with the others; what an earlier test put there counts too.
    query = "SELECT reason, to_hex(md5(message)) FROM menu_app_dead_letters"
    earlier = Counter(standing.select(query))
    put(standing, *(message for message, _ in BAD))
    requests.get(url(standing, "/login")).raise_for_status()
    verify(standing, len(before.accepted) + 1)
    assert Counter(standing.select(query)) - earlier == Counter(
        (reason, None if message is None else md5(message).hexdigest().upper())
        for message, reason in BAD
    )


def test_dead_letters_are_listed_by_reason(standing: Repository) -> None:
    query = "SELECT reason FROM menu_app_dead_letters"
    earlier = Counter(reason for (reason,) in standing.select(query))
    put(standing, b"no JSON", b"[]", b"{}")
    verify(standing)
    reasons = earlier + Counter({"not a JSON object": 2, "no event_type": 1})
    assert standing.ask("dead_letters_by_reason") == [
        [reason, str(number)]
        for reason, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    ]


def test_streaming_killed_in_the_middle_doubles_nothing(
    standing: Repository, before: Ledger
) -> None:
    hdfs = standing.addresses.filesystem.client()
    requests.get(url(standing, "/login")).raise_for_status()
    verify(standing)
    # What a batch leaves that was renamed into a table, and died before its line was in the log.
    (first, *_) = hdfs.files("/tmp/menu_app_events")
    stray = first.replace(".parquet", "-again.parquet")
    write(standing, stray, hdfs.read(first))
    said = standing.harness("verify")
    assert said.code == 5, said
    assert "rows too many of the same event" in said.err

    command = ["ab", "-q", "-n", "4000", "-c", "8", url(standing, "/login0")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as load:
        time.sleep(0.7)
        leader = standing.leader("streaming")
        # The job has no chance to tidy up, in either of its processes.
        for process in (*leader.children(recursive=True), leader):
            process.kill()
        assert load.wait(60) == 0
    said = standing.harness("up")
    assert said.code == 0, said
    verify(standing, len(before.accepted) + 1 + 4000)
    assert stray not in hdfs.files("/tmp/menu_app_events")


def test_kafka_away(standing: Repository, before: Ledger) -> None:
    requests.get(url(standing, "/login")).raise_for_status()
    kafka = standing.leader("kafka")
    os.kill(kafka.pid, signal.SIGSTOP)
    try:
        # On busy cores a thread goes on until it is its turn to be told.
        wait_until(lambda: all_stopped(kafka.pid))
        for path in ("/login", "/order_food?menu=Thai"):
            began = time.monotonic()
            answer = requests.get(url(standing, path))
            assert time.monotonic() - began < 2
            refuse(answer, 503)
        held = standing.ledger()
    finally:
        os.kill(kafka.pid, signal.SIGCONT)
    assert len(held.accepted - before.accepted) == 1
    assert len(held.began.keys() - before.began.keys()) == 3
    wait_until_accepted(standing)
    # Those in doubt may be there once, or not at all.
    verify(standing)


def all_stopped(pid: int) -> bool:
    """Whether no thread of a process goes on."""
    threads = Path("/proc", str(pid), "task").glob("*/status")
    return all("\nState:\tT" in thread.read_text(encoding="utf-8") for thread in threads)


def wait_until_accepted(repository: Repository) -> None:
    """Waits until the app takes events again."""
    deadline = time.monotonic() + 20
    while requests.get(url(repository, "/login")).status_code != 200:
        assert time.monotonic() < deadline


@pytest.fixture(scope="module")
def spoilt(repository: Repository) -> Iterator[None]:
    """What the last tests leave: for whoever comes next, it is not there."""
    yield
    assert repository.harness("down").code == 0


@pytest.mark.usefixtures("spoilt")
def test_events_that_no_answer_stands_for_are_named(standing: Repository, before: Ledger) -> None:
    requests.get(url(standing, "/login")).raise_for_status()
    (event_id,) = standing.ledger().accepted - before.accepted
    verify(standing)
    query = f"SELECT raw_event FROM menu_app_events WHERE event_id = '{event_id}'"
    ((raw_event,),) = standing.select(query)
    put(standing, FOREIGN, raw_event.encode())
    said = standing.harness("verify")
    assert said.code == 5, said
    assert "login-999999 (never begun)" in said.err
    assert f"rows too many of the same event in Presto: 1 ({event_id})" in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("spoilt")
def test_messages_that_were_removed_are_named_at_once(standing: Repository) -> None:
    requests.get(url(standing, "/login")).raise_for_status()
    client = standing.addresses.create_kafka_client(10)
    topic = TopicOffsets(client, standing.addresses.topic)
    ends = {number: extent.end for number, extent in topic.offsets().items()}
    to = {TopicPartition(standing.addresses.topic, number): end for number, end in ends.items()}
    client.call(lambda admin: admin.delete_records(to))
    client.close()

    said = standing.harness("verify", wait_s=20)

    assert said.code == 5, said
    assert f"Kafka has lost {sum(ends.values()):,} messages of the topic" in said.err
    assert "not in Presto" not in said.err
