"""Whatever a web client can be made to send, for `--fuzz-s` seconds."""

import time
from collections import Counter

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.event import recreate_event
from app.ledger import Ledger
from app.route import ROUTES
from app.web import ARGUMENT_CHARACTERS
from tests.pipeline.repository import Repository

ROUND = settings(
    max_examples=200,
    deadline=None,
    database=None,
    # How many there are is a matter of the time.
    suppress_health_check=[HealthCheck.too_slow],
)
# What the app answers while Kafka does not acknowledge.
PLANNED = 503
OWN_KEYS = [
    *recreate_event(1, "order_food-000000", "Thai"),
    "Uid",
    "Event-Type",
    "Host",
    "Connection",
]

_TEXT = st.text(max_size=40)
_TOKEN = st.from_regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}", fullmatch=True)
# What is no printable text, no client sends as a header.
_VALUE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["C"]))
_PARAMETER = st.sampled_from([route.argument for route in ROUTES.values() if route.argument])
_ARGUMENT = _TEXT | st.text(min_size=ARGUMENT_CHARACTERS - 1, max_size=ARGUMENT_CHARACTERS + 1)
_REQUEST = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET"] * 9 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"]),
        "path": st.sampled_from([route.path for route in ROUTES.values()]) | _TEXT,
        "params": st.dictionaries(_PARAMETER | _TEXT, _ARGUMENT, max_size=3),
        "headers": st.dictionaries(st.sampled_from(OWN_KEYS) | _TOKEN, _VALUE, max_size=5),
        "data": st.just(b"") | st.binary(max_size=200),
    }
)


@pytest.fixture
def before(standing: Repository) -> Ledger:
    """The ledger before the test."""
    return standing.ledger()


def test_ladder_agrees_after_whatever_was_sent(
    standing: Repository, before: Ledger, pytestconfig: pytest.Config
) -> None:
    seconds = float(pytestconfig.getoption("fuzz_s"))
    workers = {child.pid for child in standing.leader("web").children()}
    answers: Counter[int | str] = Counter()
    deadline = time.monotonic() + seconds

    with requests.Session() as session:

        @ROUND
        @given(_REQUEST)
        def send(request: dict[str, object]) -> None:
            if time.monotonic() > deadline:
                return
            answers[ask(session, standing.addresses.web, **request)] += 1
            assert not [code for code in answers if code in range(500, 600) and code != PLANNED]

        while time.monotonic() < deadline:
            send()

    accepted = len(standing.ledger().accepted - before.accepted)
    assert 0 < answers[200] <= accepted <= answers[200] + answers["no answer"]
    assert answers[400] > 0
    assert answers[404] > 0
    assert {child.pid for child in standing.leader("web").children()} == workers
    said = standing.harness("verify")
    assert said.code == 0, said


def ask(session: requests.Session, web: str, *, path: object, **request: object) -> int | str:
    """The status of the answer, or why there is none."""
    url = f"http://{web}/{str(path).removeprefix('/')}"
    try:
        return session.request(url=url, timeout=10, allow_redirects=False, **request).status_code  # type: ignore[arg-type]
    except requests.exceptions.InvalidHeader:
        return "not sent"
    except requests.exceptions.ConnectionError:
        return "no answer"
