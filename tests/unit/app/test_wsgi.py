"""A worker's start."""

from collections.abc import Callable
from subprocess import CompletedProcess

Run = Callable[[str], CompletedProcess[str]]
HEADERS = """
import os
os.environ["HTTP_PROXY"] = "of no request"
import app.wsgi
print([name for name in os.environ if name.startswith("HTTP_")])
"""


def test_a_missing_setting_ends_the_start_with_one_line(
    environment: dict[str, str], run: Run
) -> None:
    del environment["APP_TOPIC"]
    ended = run("import app.wsgi")
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "The app does not start: APP_TOPIC is not set; it is the name of a Kafka topic."
    ]


def test_variables_of_the_environment_are_no_headers(run: Run) -> None:
    assert run(HEADERS).stdout == "[]\n"
