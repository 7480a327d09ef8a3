"""Queries to a server that speaks Presto's protocol."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.engines.presto_client import PrestoServer
from harness.errors import ServiceFailed
from harness.verify.count_ladder import StoredRow
from harness.verify.presto_queries import PrestoQueries

Reply = tuple[int, dict[str, str], bytes]
Serve = Callable[[Callable[[str, str, str], Reply]], str]

ANSWERS: dict[str, tuple[list[tuple[str, str]], list[list[list[object]]]]] = {
    "SELECT ids": (
        [("table_name", "varchar(15)"), ("event_type", "varchar"), ("event_id", "varchar")],
        [
            [["menu_app_events", "login", "login-000001"]],
            [
                ["menu_app_orders", "order_food", "order_food-000001"],
                ["menu_app_events", None, None],
            ],
        ],
    ),
    "SELECT counts": (
        [("table_name", "varchar"), ("row_count", "bigint")],
        [[["menu_app_events", 2], ["menu_app_orders", 0]]],
    ),
    "SELECT rate\nFROM t": (
        [("rate", "double"), ("price", "decimal(4,2)"), ("coupon", "boolean"), ("menu", "varchar")],
        [[[0.25, "1.50", True, "Thai"], [None, None, None, None]]],
    ),
    "SELECT nothing": ([("hour", "bigint")], [[]]),
}
"""By query: the columns, and the pages of rows."""


@pytest.fixture
def presto(serve: Serve, tmp_path: Path) -> PrestoQueries:
    """A Presto that knows `ANSWERS`, with the queries in a folder as the repository has them."""
    queries = {
        "verify/event_ids": "SELECT ids;\n",
        "verify/rows_by_table": "SELECT counts;\n",
        "report/2_rate": "SELECT rate\nFROM t;\n",
        "report/1_hours": "SELECT nothing;\n",
    }
    for name, text in queries.items():
        path = tmp_path / f"{name}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    running: dict[str, str] = {}
    address = ""

    def respond(method: str, path: str, body: str) -> Reply:
        if method == "POST":
            query_id = f"query-{len(running)}"
            running[query_id] = body
            answer: dict[str, object] = {"nextUri": f"http://{address}/{query_id}/0"}
            return 200, {}, json.dumps({"id": query_id, **answer}).encode()
        _, query_id, number = path.split("/")
        if running[query_id] not in ANSWERS:
            error = {"message": "line 1:9: mismatched input ';'", "errorName": "SYNTAX_ERROR"}
            return 200, {}, json.dumps({"id": query_id, "error": error}).encode()
        columns, pages = ANSWERS[running[query_id]]
        answer = {
            "columns": [{"name": name, "type": kind} for name, kind in columns],
            "data": pages[int(number)],
        }
        if int(number) + 1 < len(pages):
            answer["nextUri"] = f"http://{address}/{query_id}/{int(number) + 1}"
        return 200, {}, json.dumps({"id": query_id, **answer}).encode()

    address = serve(respond)
    return PrestoQueries(PrestoServer(address, "someone"), tmp_path)


def test_rows_of_every_page(presto: PrestoQueries) -> None:
    assert presto.fetch_rows() == [
        StoredRow("menu_app_events", "login", "login-000001"),
        StoredRow("menu_app_orders", "order_food", "order_food-000001"),
        StoredRow("menu_app_events", None, None),
    ]


def test_rows_by_table(presto: PrestoQueries) -> None:
    assert presto.count_rows() == {"menu_app_events": 2, "menu_app_orders": 0}


def test_answers_are_text_in_the_order_of_the_queries(presto: PrestoQueries) -> None:
    assert [answer.model_dump() for answer in presto.fetch_answers()] == [
        {"query": "1_hours", "columns": ("hour",), "rows": (), "differences": None},
        {
            "query": "2_rate",
            "columns": ("rate", "price", "coupon", "menu"),
            "rows": (("0.25", "1.50", "true", "Thai"), (None, None, None, None)),
            "differences": None,
        },
    ]


def test_a_query_that_fails_says_why(presto: PrestoQueries, tmp_path: Path) -> None:
    (tmp_path / "report" / "1_hours.sql").write_text("SELECT ;")

    with pytest.raises(ServiceFailed, match="1_hours") as caught:
        presto.fetch_answers()

    assert caught.value.why == "line 1:9: mismatched input ';'"


def test_a_server_that_is_out_of_order_says_so(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "verify").mkdir()
    (tmp_path / "verify" / "event_ids.sql").write_text("SELECT ids;")
    address = serve(lambda *_: (503, {}, b"starting"))

    with pytest.raises(ServiceFailed) as caught:
        PrestoQueries(PrestoServer(address, "someone"), tmp_path).fetch_rows()

    assert "503" in caught.value.why


def test_nobody_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "verify").mkdir()
    (tmp_path / "verify" / "event_ids.sql").write_text("SELECT ids;")

    with pytest.raises(ServiceFailed, match="Presto does not answer"):
        PrestoQueries(PrestoServer("127.0.0.1:1", "someone"), tmp_path).fetch_rows()
