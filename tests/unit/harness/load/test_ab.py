"""ab's command line, and its counts in outputs recorded from ApacheBench 2.3."""

from pathlib import Path

import pytest

from harness.config import model
from harness.config.load_plan import PlannedCall
from harness.load import ab
from harness.load.ab import AbFiles, AbSummary, CallOutcome
from harness.load.child import Ended

RECORDED = Path(__file__).parent / "recorded"
NO_FILES = AbFiles.of_call(Path("folder"), 1)


def recorded(name: str) -> str:
    return (RECORDED / f"{name}.out").read_text(encoding="utf-8")


def outcome(name: str, requests: int, code: int = 0, overdue: bool = False) -> CallOutcome:
    output = RECORDED / f"{name}.out"
    errors = output.with_suffix(".err")
    files = AbFiles(output, errors, output.with_suffix(".csv"), output.with_suffix(".tsv"))
    ended = Ended(code, overdue, cpu_s=0.5, started=10.0, ended=12.5)
    summary = ab.parse_summary(recorded(name)) if code == 0 else None
    return CallOutcome(PlannedCall("/login", requests, "login", "login"), files, ended, summary)


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("good", AbSummary(12, 0, "", 0, 0, 19)),
        (
            "length",
            AbSummary(200, 17, "Connect: 0, Receive: 0, Length: 17, Exceptions: 0", 0, 17, 19),
        ),
        ("status", AbSummary(200, 0, "", 0, 31, 19)),
        ("empty", AbSummary(1, 0, "", 0, 0, 0)),
    ],
)
def test_counts_are_read(name: str, summary: AbSummary) -> None:
    assert ab.parse_summary(recorded(name)) == summary


def test_write_errors_are_read() -> None:
    text = recorded("good").replace("Total transferred:", "Write errors:           3\nTotal:", 1)

    summary = ab.parse_summary(text)

    assert summary is not None
    assert (summary.write_errors, summary.bad()) == (3, 3)


@pytest.mark.parametrize("name", ["refused", "reset", "silent"])
def test_a_call_that_died_has_no_counts(name: str) -> None:
    assert ab.parse_summary(recorded(name)) is None


def test_a_good_call() -> None:
    good = outcome("good", 12)

    assert good.reason() is None
    assert good.succeeded() == 12
    assert good.record().model_dump() == {
        "path": "/login",
        "event_type": "login",
        "requests": 12,
        "complete": 12,
        "failed": 0,
        "non_2xx": 0,
        "duration_s": 2.5,
        "in_doubt": None,
    }


@pytest.mark.parametrize(
    ("name", "requests", "succeeded", "reason"),
    [
        ("status", 200, 169, "of 200 requests for /login: 31 not answered with 2xx"),
        # The 17 answers of another length are the 17 that were not 2xx: each counts once.
        (
            "length",
            200,
            183,
            (
                "of 200 requests for /login: 17 failed (Connect: 0, Receive: 0, Length: 17, "
                "Exceptions: 0), 17 not answered with 2xx"
            ),
        ),
        ("empty", 1, 0, "of 1 requests for /login: answers are empty"),
        ("good", 13, 12, "of 13 requests for /login: 12 complete"),
    ],
)
def test_bad_answers_are_a_reason(name: str, requests: int, succeeded: int, reason: str) -> None:
    bad = outcome(name, requests)

    assert bad.succeeded() == succeeded
    assert bad.reason() == reason


@pytest.mark.parametrize(
    ("name", "code", "answered", "reason"),
    [
        ("refused", 111, 0, "exit code 111 after 0 of 300 requests (apr_socket_recv: Connection"),
        ("reset", 104, 192, "exit code 104 after 192 of 300 requests (apr_socket_recv: Connection"),
        ("silent", -9, 142, "SIGKILL after 142 of 300 requests (apr_pollset_poll: The timeout"),
    ],
)
def test_what_a_dead_ab_left_unanswered_failed(
    name: str, code: int, answered: int, reason: str
) -> None:
    dead = outcome(name, 300, code)

    assert str(dead.reason()).startswith(f"ab did not finish /login: {reason}")
    assert dead.succeeded() == 0
    assert (dead.record().complete, dead.record().failed) == (answered, 300 - answered)


def test_a_call_that_ran_out_of_time_says_so() -> None:
    late = outcome("silent", 300, code=-9, overdue=True)

    assert str(late.reason()).startswith("ab did not finish /login: the time for the load ran out")


def test_the_command_line() -> None:
    call = PlannedCall("/post_review?review=Yuck-o-rama!!!", 1326, "post_review", "post_review")

    line = ab.build_command(
        call, model.LoadSettings(concurrency=64, keep_alive=True), 5000, NO_FILES
    )

    assert line == [
        *("ab", "-n", "1326", "-c", "64", "-k", "-s", "30", "-H", "Host: user1.comcast.com"),
        *("-e", "folder/ab-01.csv", "-g", "folder/ab-01.tsv"),
        "http://127.0.0.1:5000/post_review?review=Yuck-o-rama!!!",
    ]


def test_connections_are_never_more_than_requests() -> None:
    call = PlannedCall("/login", 12, "login", "login")

    line = ab.build_command(
        call, model.LoadSettings(concurrency=64, keep_alive=False), 5000, NO_FILES
    )

    assert line[line.index("-c") + 1] == "12"
    assert "-k" not in line
