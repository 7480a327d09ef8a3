"""The routes through Flask's test client, with a publisher that keeps what it is given."""

import json
import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import ledger
from app.counters import Counters
from app.event import recreate_event
from app.ledger import Ledger, LedgerWriter
from app.publisher import InDoubt, Refused
from app.route import ROUTES
from app.web import create_app

SEED = 7
PATHS = {
    "/": "default",
    "/new_user": "new_user",
    "/login": "login",
    "/login0": "login0",
    "/create_profile": "create_profile",
    "/menu_search?menu=Pizza": "menu_search",
    "/order_food?menu=Thai": "order_food",
    "/post_review?review=The+food+was+amazing!": "post_review",
    "/post_rating?stars=5": "post_rating",
}
WITH_ARGUMENT = [
    "/menu_search?menu=",
    "/order_food?menu=",
    "/post_review?review=",
    "/post_rating?stars=",
]


class KeepingPublisher:
    """Keeps the messages, or raises its `error`."""

    def __init__(self) -> None:
        self.messages: dict[str, bytes] = {}
        self.error: Exception | None = None

    def publish(self, event_id: str, message: bytes) -> None:
        if self.error is not None:
            raise self.error
        self.messages[event_id] = message


@pytest.fixture
def publisher() -> KeepingPublisher:
    return KeepingPublisher()


@pytest.fixture
def client(tmp_path: Path, publisher: KeepingPublisher) -> FlaskClient:
    app = create_app(SEED, Counters(tmp_path), LedgerWriter(tmp_path), publisher)
    return app.test_client()


def is_one_line(text: str) -> bool:
    return text.endswith("\n") and text.count("\n") == 1 and len(text) > 1


@pytest.mark.parametrize(("path", "route"), PATHS.items())
def test_a_request_makes_the_event_of_its_route(
    client: FlaskClient, publisher: KeepingPublisher, tmp_path: Path, path: str, route: str
) -> None:
    headers = {"Host": "user1.comcast.com", "User-Agent": "ab", "accept": "*/*", "x-more": "1"}
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    assert is_one_line(answer.text)
    event_id = f"{route}-000000"
    message = json.loads(publisher.messages[event_id])
    read = ledger.read(tmp_path)
    assert read == Ledger(began=read.began, accepted={event_id})
    assert message == {
        **recreate_event(SEED, event_id, read.began[event_id]),
        "Host": "user1.comcast.com",
        "User-Agent": "ab",
        "Accept": "*/*",
        "X-More": "1",
    }


def test_the_argument_is_url_decoded(client: FlaskClient, publisher: KeepingPublisher) -> None:
    client.get("/post_review?review=The+food+was+100%25+amazing!+%E2%98%BA&review=2&other=3")
    (message,) = map(json.loads, publisher.messages.values())
    assert message["description"] == "The food was 100% amazing! ☺"


def test_each_request_is_a_new_event(client: FlaskClient, publisher: KeepingPublisher) -> None:
    for _ in range(3):
        client.get("/new_user")
    messages = [json.loads(message) for message in publisher.messages.values()]
    assert [message["uid"] for message in messages] == ["A00000", "A00001", "A00002"]


def test_all_answers_to_a_path_are_of_equal_length(client: FlaskClient) -> None:
    for path in PATHS:
        answers = [client.get(path, headers={"User-Agent": "x" * size}) for size in (1, 50, 500)]
        assert len({(answer.content_length, answer.data) for answer in answers}) == 1


def test_a_header_with_the_name_of_an_own_key_changes_nothing(
    client: FlaskClient, publisher: KeepingPublisher
) -> None:
    clash = {"event_id": "x", "Event-Type": "x", "uid": "x", "Price": "1", "event_timestamp": "x"}
    client.get("/order_food?menu=Thai", headers=clash)
    message = json.loads(publisher.messages["order_food-000000"])
    assert message.items() >= recreate_event(SEED, "order_food-000000", "Thai").items()


@pytest.mark.parametrize("path", WITH_ARGUMENT)
def test_an_argument_has_1_to_1024_characters(
    client: FlaskClient, publisher: KeepingPublisher, tmp_path: Path, path: str
) -> None:
    for bad in (path.partition("?")[0], path, path + "x" * 1_025, path.replace("=", "s=5")):
        answer = client.get(bad)
        assert answer.status_code == 400
        assert is_one_line(answer.text)
    assert ledger.read(tmp_path) == Ledger()
    # 1,024 characters, of two bytes each; and none of the above drew an index.
    assert client.get(path + "%C3%A9" * 1_024).status_code == 200
    assert [event_id.rpartition("-")[2] for event_id in publisher.messages] == ["000000"]


@pytest.mark.parametrize("path", [*PATHS, "/healthz"])
@pytest.mark.parametrize(
    "method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"]
)
def test_a_wrong_method_makes_no_event(
    client: FlaskClient, tmp_path: Path, method: str, path: str
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"
    # HTTP allows HEAD no body.
    assert method == "HEAD" or is_one_line(answer.text)
    assert ledger.read(tmp_path) == Ledger()


@pytest.mark.parametrize("path", ["/nothing", "/login/", "/static/x.css", "/Login", "/favicon.ico"])
def test_an_unknown_path_makes_no_event(client: FlaskClient, tmp_path: Path, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert is_one_line(answer.text)
    assert ledger.read(tmp_path) == Ledger()


def test_there_are_the_nine_routes_and_healthz(client: FlaskClient) -> None:
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert rules == {path.partition("?")[0] for path in PATHS} | {"/healthz"}
    assert len(rules) == 10
    assert PATHS.values() == ROUTES.keys() or set(PATHS.values()) == set(ROUTES)


def test_healthz_answers_without_kafka_and_makes_no_event(
    client: FlaskClient, publisher: KeepingPublisher, tmp_path: Path
) -> None:
    publisher.error = InDoubt("Kafka is away")
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert is_one_line(answer.text)
    assert ledger.read(tmp_path) == Ledger()


def test_a_refused_event_is_a_503_and_not_in_doubt(
    client: FlaskClient, publisher: KeepingPublisher, tmp_path: Path
) -> None:
    publisher.error = Refused("the queue is full")
    answer = client.get("/login")
    assert answer.status_code == 503
    assert is_one_line(answer.text)
    assert ledger.read(tmp_path) == Ledger(began={"login-000000": None}, refused={"login-000000"})


def test_an_event_without_acknowledgement_is_a_503_and_in_doubt(
    client: FlaskClient, publisher: KeepingPublisher, tmp_path: Path
) -> None:
    publisher.error = InDoubt("no word from Kafka")
    answer = client.get("/menu_search?menu=Thai")
    assert answer.status_code == 503
    assert is_one_line(answer.text)
    assert ledger.read(tmp_path) == Ledger(began={"menu_search-000000": "Thai"})


def test_an_unexpected_error_is_a_500_and_logged(
    client: FlaskClient,
    publisher: KeepingPublisher,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    publisher.error = ZeroDivisionError("something broke")
    with caplog.at_level(logging.ERROR):
        answer = client.get("/login")
    assert answer.status_code == 500
    assert is_one_line(answer.text)
    assert "something broke" not in answer.text
    assert "something broke" in caplog.text
    assert ledger.read(tmp_path).accepted == set()


def test_the_ledger_knows_of_an_event_before_it_is_published(
    tmp_path: Path, publisher: KeepingPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Ledger] = []
    monkeypatch.setattr(publisher, "publish", lambda *_: seen.append(ledger.read(tmp_path)))
    app = create_app(SEED, Counters(tmp_path), LedgerWriter(tmp_path), publisher)
    app.test_client().get("/login")
    assert seen == [Ledger(began={"login-000000": None})]
