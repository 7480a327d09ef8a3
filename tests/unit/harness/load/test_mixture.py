"""A mixed load as the harness makes and counts it, with the client as a program of its own."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.config import model
from harness.config.load_plan import PlannedCall
from harness.load import mixture, schedule
from harness.load.result import LoadResult, RequestResult
from harness.record.models import Outcomes
from tests.unit.harness.load import server

LOAD = model.LoadSettings(tool="pycurl", concurrency=8)
OPEN = model.LoadSettings(tool="pycurl", concurrency=8, rate_per_s=200)
LOGIN = PlannedCall("/login", 20, "login", "login")
SEARCH = PlannedCall("/menu_search?menu=Thai", 5, "menu_search", "menu_search")
ORDER = PlannedCall("/order_food?menu=Thai", 5, "order_food", "order_food")


class HaltError(Exception):
    """What a watcher raises."""


def send(
    folder: Path,
    port: int,
    calls: Sequence[PlannedCall],
    load: model.LoadSettings = LOAD,
    seed: int = 1,
) -> LoadResult:
    return mixture.send(calls, load, seed, port, folder / "a load", lambda *_: None)


def failing(path: str, requests: int = 1) -> PlannedCall:
    """A call that the server answers in its own way; its first part is the route."""
    return PlannedCall(path, requests, path, "login")


def test_a_load_that_is_answered(tmp_path: Path) -> None:
    before = time.monotonic()
    with server.running() as served:
        sent = send(tmp_path, served.port, [LOGIN, SEARCH, ORDER])

    assert sorted(served.paths()) == sorted(20 * ["/login"] + 5 * [SEARCH.path] + 5 * [ORDER.path])
    assert sent.reasons == ()
    load = sent.record
    assert (load.tool, load.loop, load.connections, load.keep_alive) == (
        "pycurl",
        "closed",
        8,
        True,
    )
    assert (load.requests, load.succeeded, load.failed, load.non_2xx) == (30, 30, 0, 0)
    assert [(call.path, call.requests, call.complete) for call in load.calls] == [
        (LOGIN.path, 20, 20),
        (SEARCH.path, 5, 5),
        (ORDER.path, 5, 5),
    ]
    assert (load.rate_per_s, load.lateness) == (None, None)
    assert sent.count_by_type() == {"login": 20, "menu_search": 5, "order_food": 5}
    assert before < sent.started < sent.ended < time.monotonic()
    assert load.duration_s == sent.ended - sent.started
    assert sent.cpu_s > 0
    assert len(sent.latency_ms) == 30
    assert 0 < sent.latency_ms.min() <= sent.latency_ms.max() < 1000 * load.duration_s


def test_the_same_seed_sends_the_same_order(tmp_path: Path) -> None:
    one = model.LoadSettings(tool="pycurl", concurrency=1)
    orders = []
    for seed in (1, 1, 2):
        with server.running() as served:
            send(tmp_path, served.port, [LOGIN, SEARCH, ORDER], one, seed)
        orders.append(served.paths())

    assert orders[0] == orders[1] != orders[2]


def test_an_open_loop_says_how_it_kept_its_schedule(tmp_path: Path) -> None:
    with server.running() as served:
        sent = send(tmp_path, served.port, [LOGIN, SEARCH], OPEN)

    assert (sent.record.loop, sent.record.rate_per_s) == ("open", 200)
    assert sent.record.lateness is not None
    assert 0 <= sent.record.lateness.begun_ms.p50 <= sent.record.lateness.begun_ms.max
    assert 0 <= sent.record.lateness.late_share <= 1
    assert sent.record.duration_s > 0.05


def test_what_fails_is_counted_by_how_and_the_load_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixture, "ANSWER_WITHIN_S", 0.5)
    calls = [
        LOGIN,
        *(failing("/503", 3), failing("/404"), failing("/reset", 2), failing("/closed")),
        *(failing("/stall"), failing("/part")),
    ]
    with server.running() as served:
        sent = send(tmp_path, served.port, calls)

    assert sent.record.outcomes == Outcomes(
        answered_2xx=20,
        answered_503=3,
        answered_other=1,
        refused=0,
        reset=4,
        timed_out=1,
        unfinished=0,
        in_doubt=5,
    )
    assert (sent.record.requests, sent.record.succeeded) == (29, 20)
    assert (sent.record.failed, sent.record.non_2xx) == (5, 4)
    assert [
        (call.complete, call.failed, call.non_2xx, call.in_doubt) for call in sent.record.calls
    ][1:4] == [(3, 0, 3, 0), (1, 0, 1, 0), (0, 2, 0, 2)]
    assert sent.count_by_type() == {"login": 29}
    assert len(sent.latency_ms) == 24
    (reason,) = sent.reasons
    assert reason == (
        "of 29 requests: 3 answered with 503, 1 answered with another status, 4 broken off,"
        " 1 without an answer in 10 s"
    )


def test_where_nobody_listens(tmp_path: Path) -> None:
    sent = send(tmp_path, server.closed_port(), [LOGIN], OPEN)

    assert sent.reasons == ("of 20 requests: 20 refused a connection",)
    assert (sent.record.succeeded, sent.record.failed) == (0, 20)
    assert sent.record.outcomes is not None
    assert (sent.record.outcomes.refused, sent.record.outcomes.in_doubt) == (20, 0)
    assert sent.count_by_type() == {"login": 0}
    assert len(sent.latency_ms) == 0


def test_a_load_that_hangs_is_ended_at_its_deadline_and_what_is_known_counted(
    tmp_path: Path,
) -> None:
    load = model.LoadSettings(tool="pycurl", concurrency=8, timeout_s=2)
    with server.running() as served:
        sent = send(tmp_path, served.port, [LOGIN, failing("/stall", 2)], load)

    assert sent.record.outcomes is not None
    assert (sent.record.outcomes.answered_2xx, sent.record.outcomes.unfinished) == (20, 2)
    assert sent.reasons == (
        "the load tool did not finish: the time for the load ran out (no error output)",
        "of 22 requests: 2 not ended",
    )


def test_a_client_that_cannot_go_on_says_why(tmp_path: Path) -> None:
    sent = send(tmp_path, 24_099, [PlannedCall("/lo gin", 2, "login", "login")])

    assert sent.reasons[0].startswith("the load tool did not finish: exit code 1 (pycurl.error: (3")
    assert sent.record.outcomes is not None
    assert sent.record.outcomes.unfinished == 2
    assert sent.record.duration_s > 0


def test_progress(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with server.running() as served:
        mixture.send(
            [LOGIN], LOAD, 1, served.port, tmp_path, lambda *progress: told.append(progress)
        )

    assert told[-1] == ("all calls, interleaved", 20, 20)


def test_what_the_watcher_raises_ends_the_load(tmp_path: Path) -> None:
    def watch(*_: object) -> None:
        raise HaltError

    with server.running() as served, pytest.raises(HaltError):
        mixture.send([failing("/stall")], LOAD, 1, served.port, tmp_path, watch)


def test_the_client_is_executed_within_the_budget(tmp_path: Path) -> None:
    with server.running() as served:
        wrapped = mixture.send(
            [LOGIN],
            LOAD,
            1,
            served.port,
            tmp_path,
            lambda *_: None,
            lambda command: ["sh", "-c", 'echo "$@" > "$0"; exec "$@"', f"{tmp_path}/it", *command],
        )

    assert wrapped.record.succeeded == 20
    assert " -m harness.load.client --url http://127.0.0.1:" in (tmp_path / "it").read_text()


def test_latency_counts_from_when_a_request_was_due(tmp_path: Path) -> None:
    """Else a client that was held up would not tell of it: coordinated omission."""
    (tmp_path / "outcomes").write_text(
        "request\tsecond\tdue_s\tready_s\tbegun_s\tended_s\tsent\toutcome\n"
        "1\t1764000001\t100.000000\t100.499000\t100.500000\t100.600000\t1\t200\n"
        "0\t1764000000\t99.000000\t99.000000\t99.000100\t99.250000\t1\t503\n"
        "2\t1764000002\t101.000000\t101.000000\t101.020000\t111.020000\t1\ttimed out\n"
    )
    requests = schedule.interleave([PlannedCall("/login", 3, "login", "login")], 1, 1.0)

    results = mixture.read_results(tmp_path / "outcomes", requests)

    assert [result.kind() for result in results] == ["answered_2xx", "answered_503", "timed_out"]
    assert [result.in_doubt for result in results] == [False, False, True]
    assert mixture.measure_latency_ms(results) == pytest.approx([600, 250])
    late = mixture.measure_lateness(results)
    assert late is not None
    assert late.begun_ms.max == pytest.approx(500)
    assert late.begun_ms.p50 == pytest.approx(20)
    assert late.bound_ms == 10
    assert late.late_share == pytest.approx(2 / 3)
    # The other waited for the system, which its latency tells.
    assert late.generator_share == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("sent", "outcome", "in_doubt"),
    [
        (True, "200", False),
        (True, "503", False),
        (False, "refused", False),
        (True, "reset", True),
        (True, "timed out", True),
        (False, "timed out", False),
    ],
)
def test_the_fate_of_a_request_is_known_or_in_doubt(
    sent: bool, outcome: str, in_doubt: bool
) -> None:
    assert RequestResult(LOGIN, 0, 0, 0, 1, sent, outcome).in_doubt is in_doubt
