"""Each request is sent once and its end written down, against a server that fails as it is told."""

import errno
import os
import random
import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pycurl
import pytest

from app import event
from app.route import ROUTES
from harness.config import load_plan, model
from harness.load import client, schedule
from harness.load.client import Connection, LoadClient
from harness.verify import expected_events
from tests.unit.harness.load import server

WITHIN_S = 0.4


@dataclass(frozen=True)
class Line:
    """What the client wrote of one request."""

    number: int
    second: int
    due: float
    ready: float
    begun: float
    ended: float
    sent: bool
    outcome: str


def lines(path: Path) -> list[Line]:
    """What was written, in the order of the schedule."""
    read = [line.split("\t") for line in path.read_text().splitlines()]
    made = [
        Line(
            *(int(number), int(second), float(due), float(ready), float(begun), float(ended)),
            *(sent == "1", outcome),
        )
        for number, second, due, ready, begun, ended, sent, outcome in read
    ]
    return sorted(made, key=lambda line: line.number)


def send(
    folder: Path,
    port: int,
    *requests: str,
    connections: int = 1,
    keep_alive: bool = True,
    within_s: float = WITHIN_S,
) -> list[Line]:
    """Sends requests, `path` or `due_s path`; each path is a route of its own."""
    (folder / "schedule").write_text(
        "".join(
            f"{due}\t{path.partition('?')[0]}\t{path}\n"
            for due, _, path in (request.rpartition(" ") for request in requests)
        )
    )
    made = [Connection("user1.comcast.com", keep_alive, within_s) for _ in range(connections)]
    with (folder / "outcomes").open("w") as outcomes:
        LoadClient(f"http://127.0.0.1:{port}", made, outcomes).send(folder / "schedule")
    return lines(folder / "outcomes")


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/login", "200"),
        ("/503", "503"),
        ("/404", "404"),
        ("/302", "302"),
        ("/reset", "reset"),
        ("/closed", "reset"),
        ("/part", "reset"),
        ("/stall", "timed out"),
    ],
)
def test_the_outcome_of_a_request_and_those_after_it(
    tmp_path: Path, path: str, outcome: str
) -> None:
    with server.running() as served:
        ended = send(tmp_path, served.port, path, "/login0", path)

    assert [line.outcome for line in ended] == [outcome, "200", outcome]
    assert all(line.sent for line in ended)
    # The last goes out on a kept connection, where libcurl by itself would try once more.
    assert served.paths() == [path, "/login0", path]


def test_nobody_listens(tmp_path: Path) -> None:
    ended = send(tmp_path, server.closed_port(), "/login", "/login", "/login0", connections=2)

    assert [(line.outcome, line.sent) for line in ended] == 3 * [("refused", False)]


def test_an_answer_that_does_not_come_is_waited_for_so_long(tmp_path: Path) -> None:
    with server.running() as served:
        (line,) = send(tmp_path, served.port, "/stall")

    assert WITHIN_S <= line.ended - line.begun < WITHIN_S + 1
    assert line.second == pytest.approx(time.time() - WITHIN_S, abs=2)


def test_a_connection_that_is_not_made_is_known_not_to_have_sent(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        # Room for one: the others' packets are dropped.
        listener.listen(0)
        ended = send(tmp_path, listener.getsockname()[1], *(4 * ["/login"]), connections=4)

    assert {line.outcome for line in ended} == {"timed out"}
    assert {line.sent for line in ended} == {True, False}


def test_what_goes_over_the_wire(tmp_path: Path) -> None:
    path = "/post_review?review=The+food+was+amazing!"
    with server.running() as served:
        send(tmp_path, served.port, path)

    (head,) = served.requests
    assert head.splitlines() == [
        f"GET {path} HTTP/1.1",
        "Host: user1.comcast.com",
        f"User-Agent: {pycurl.version.split()[0]}",
        "Accept: */*",
    ]


@pytest.mark.parametrize(("keep_alive", "connections"), [(True, 1), (False, 3)])
def test_connections_are_kept_or_not(tmp_path: Path, keep_alive: bool, connections: int) -> None:
    with server.running() as served:
        send(tmp_path, served.port, *(3 * ["/login"]), keep_alive=keep_alive)

    assert len(served.connections) == connections


def test_a_closed_loop_has_so_many_requests_under_way(tmp_path: Path) -> None:
    with server.running(server.slow) as served:
        ended = send(tmp_path, served.port, *(12 * ["/login"]), connections=4)

    assert len(served.connections) == 4
    assert all(line.due == line.ready == line.begun for line in ended)
    for line in ended:
        assert sum(other.begun <= line.begun < other.ended for other in ended) <= 4


def test_an_open_loop_goes_on_while_one_waits(tmp_path: Path) -> None:
    due = [f"{number / 100} /login" for number in range(1, 21)]
    with server.running() as served:
        ended = send(tmp_path, served.port, "0 /stall", *due, connections=64)

    stalled, *others = ended
    assert (stalled.outcome, {line.outcome for line in others}) == ("timed out", {"200"})
    start = stalled.due
    for number, line in enumerate(others, 1):
        assert line.due - start == pytest.approx(number / 100, abs=1e-5)
        assert line.due <= line.begun < line.ended
    assert others[-1].begun < stalled.ended


def test_an_open_loop_without_a_free_connection_is_late(tmp_path: Path) -> None:
    with server.running() as served:
        stalled, line = send(tmp_path, served.port, "0 /stall", "0.01 /login")

    assert line.begun >= stalled.ended
    assert line.begun - line.due >= WITHIN_S - 0.02
    assert line.outcome == "200"
    # It waited for the system, and the client made it wait no longer.
    assert line.ready == stalled.ended


class TestReady:
    """From when on a request could have been begun: later, it is late by the client."""

    def test_it_is_due_and_everything_is_free(self, tmp_path: Path) -> None:
        with server.running() as served:
            first, second = send(tmp_path, served.port, "0 /login", "0.1 /login", connections=2)

        assert (first.ready, second.ready) == (first.due, second.due)

    def test_a_client_that_is_held_up_is_late_by_itself(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wait = client.Sockets.wait

        def oversleep(sockets: client.Sockets, until: float) -> None:
            wait(sockets, until)
            time.sleep(0.05)

        monkeypatch.setattr(client.Sockets, "wait", oversleep)
        with server.running() as served:
            due = [f"{number / 100} /login" for number in range(10)]
            ended = send(tmp_path, served.port, *due, connections=64)

        # All have one path, so that the order alone made the later ones wait.
        assert all(line.ready == line.due for line in ended)
        assert max(line.begun - line.ready for line in ended) >= 0.03

    def test_a_route_waits_for_its_path_before(self, tmp_path: Path) -> None:
        due = ["0 /menu?a", "0 /menu?b", "0 /menu?b", "0 /login"]
        with server.running(server.slow) as served:
            a, b, again, login = send(tmp_path, served.port, *due, connections=8)

        assert a.ready == a.due
        assert (b.ready, again.ready) == (a.ended, a.ended)
        assert login.ready == login.due

    def test_a_path_that_ended_long_before_makes_nothing_wait(self, tmp_path: Path) -> None:
        with server.running() as served:
            a, b = send(tmp_path, served.port, "0 /menu?a", "0.2 /menu?b", connections=2)

        assert a.ended < b.due
        assert b.ready == b.due


def test_the_cpu_time_of_sending_is_without_that_of_the_start(tmp_path: Path) -> None:
    (tmp_path / "schedule").write_text("0.3\tlogin\t/login\n")
    with server.running() as served, (tmp_path / "outcomes").open("w") as outcomes:
        made = [Connection("user1.comcast.com", keep_alive=True, within_s=WITHIN_S)]
        began, used_s = time.monotonic(), time.process_time()
        told_s = LoadClient(f"http://127.0.0.1:{served.port}", made, outcomes).send(
            tmp_path / "schedule"
        )

    assert time.monotonic() - began >= 0.3
    assert 0 < told_s <= time.process_time() - used_s


def test_an_open_loop_outlives_an_outage(tmp_path: Path) -> None:
    before, done = ExitStack(), threading.Event()
    port = before.enter_context(server.running()).port

    def go_and_come() -> None:
        time.sleep(0.3)
        before.close()
        time.sleep(0.3)
        with server.running(port=port):
            done.wait()

    outage = threading.Thread(target=go_and_come)
    outage.start()
    try:
        ended = send(tmp_path, port, *(f"{number / 50} /login" for number in range(60)))
    finally:
        done.set()
        outage.join()

    outcomes = [line.outcome for line in ended]
    assert len(outcomes) == 60
    assert "200" in outcomes[: outcomes.index("refused")]
    assert outcomes[-1] == "200"
    assert {(line.outcome, line.sent) for line in ended} <= {
        ("200", True),
        ("refused", False),
        ("reset", True),
    }
    assert all(line.begun >= line.due for line in ended)


def test_paths_of_one_route_follow_each_other(tmp_path: Path) -> None:
    requests = ["/menu?a", "/menu?a", "/menu?b", "/menu?c", "/login", "/login"]
    with server.running(server.slow) as served:
        ended = send(tmp_path, served.port, *requests, connections=6)

    a1, a2, b, c, *logins = ended
    assert max(a1.ended, a2.ended) <= b.begun
    assert b.ended <= c.begun
    assert max(line.begun for line in (a1, a2, *logins)) < min(a1.ended, a2.ended)


def test_the_app_makes_the_events_of_the_plan(tmp_path: Path) -> None:
    """Whatever an answer takes, and however requests overtake each other on their way."""
    calls, seed = load_plan.read_calls(model.LoadSettings(fraction=0.02)), 7
    drawn: Counter[str] = Counter()
    made = {}
    drawing = threading.Lock()
    pause = random.Random(seed)

    def answer(path: str) -> None:
        time.sleep(pause.random() * 0.01)
        asked = urlsplit(path)
        (route,) = (route for route in ROUTES.values() if route.path == asked.path)
        argument = parse_qs(asked.query)[route.argument][0] if route.argument else None
        with drawing:
            index = drawn[route.name]
            drawn[route.name] += 1
        one = event.create_event(seed, route, index, argument)
        made[one["event_id"]] = one
        time.sleep(pause.random() * 0.01)

    schedule.write_schedule(tmp_path / "schedule", schedule.interleave(calls, seed, None))
    connections = [Connection("a", keep_alive=True, within_s=30) for _ in range(64)]
    with server.running(answer) as served, (tmp_path / "outcomes").open("w") as outcomes:
        LoadClient(f"http://127.0.0.1:{served.port}", connections, outcomes).send(
            tmp_path / "schedule"
        )

    assert made == expected_events.plan_events(calls, seed)
    assert len(served.requests) == len(made)


def test_one_that_was_sent_and_cannot_be_sent_again_is_no_refusal() -> None:
    """A kept connection breaks, and the server is gone: the app may have taken the request."""
    code = pycurl.E_COULDNT_CONNECT

    assert client.outcome(code, "", errno.ECONNREFUSED, sent=True) == "reset"
    assert client.outcome(code, "", errno.ECONNREFUSED, sent=False) == "refused"


@pytest.mark.parametrize("os_error", [errno.EMFILE, errno.EADDRNOTAVAIL])
def test_a_failure_of_our_own_is_no_refusal(os_error: int) -> None:
    with pytest.raises(OSError, match=os.strerror(os_error)):
        client.outcome(pycurl.E_COULDNT_CONNECT, "", os_error, sent=False)


def test_what_nobody_foresaw_ends_the_load() -> None:
    with pytest.raises(pycurl.error, match="malformed"):
        client.outcome(pycurl.E_URL_MALFORMAT, "URL is malformed", 0, sent=False)
