"""A worker's start."""

from collections.abc import Callable
from subprocess import CompletedProcess

Run = Callable[[str], CompletedProcess[str]]


def test_a_missing_setting_ends_the_start_with_one_line(
    environment: dict[str, str], run: Run
) -> None:
    del environment["APP_TOPIC"]
    ended = run("import app.wsgi")
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "The app does not start: APP_TOPIC is not set; it is the name of a Kafka topic."
    ]
