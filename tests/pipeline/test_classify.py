"""Messages through the job's own DataFrames, in a Spark session of the test's."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import Row, SparkSession

from contract.events import EVENT_TYPES
from contract.tables import COLUMNS, DEAD_LETTERS, EVENTS, ORDERS
from streaming.classify import classify
from streaming.job import SESSION

STAMP = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
LOGIN = {
    "event_id": "login-000007",
    "event_type": "login",
    "uid": "A00012",
    "description": "Apple Mac",
    "event_timestamp": "2019-03-02 19:08:09",
    "Host": "user1.comcast.com",
    "User-Agent": "ApacheBench/2.3",
    "Accept": "*/*",
}
ORDER = {**LOGIN, "event_type": "order_food", "price": 42, "coupon": "Yes"}

NOT_JSON = "not a JSON object"
NOT_IN_FORMAT = "event_timestamp is not YYYY-MM-DD HH:MM:SS"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    builder = SparkSession.builder.master("local[1]")
    for key, value in SESSION.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def rows_of(spark: SparkSession, *values: bytes | None) -> list[Row]:
    """Classify messages as offsets 0, 1, … of partition 3."""
    records = [(value, 3, offset, STAMP) for offset, value in enumerate(values)]
    schema = "value binary, partition int, offset long, timestamp timestamp"
    rows = classify(spark.createDataFrame(records, schema))
    for column in ("kafka_timestamp", "event_timestamp"):
        # As text: Python's own would be in the machine's time zone.
        rows = rows.withColumn(column, rows[column].cast("string"))
    return sorted(rows.collect(), key=lambda row: int(row.kafka_offset))


def message(event: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({**event, **changes}).encode()


def without(event: dict[str, Any], key: str) -> bytes:
    return json.dumps({k: v for k, v in event.items() if k != key}).encode()


def test_an_event_has_the_contract_s_columns(spark: SparkSession) -> None:
    value = message(LOGIN)
    [row] = rows_of(spark, value)
    assert row.asDict() == {
        "table": EVENTS,
        "partition": 3,
        "raw_event": value.decode(),
        "kafka_timestamp": "2026-01-02 03:04:05.678",
        "accept": "*/*",
        "host": "user1.comcast.com",
        "user_agent": "ApacheBench/2.3",
        "coupon": None,
        "description": "Apple Mac",
        "event_timestamp": "2019-03-02 19:08:09",
        "event_type": "login",
        "price": None,
        "uid": "A00012",
        "event_id": "login-000007",
        "kafka_partition": 3,
        "kafka_offset": 0,
        "reason": None,
        "message": None,
    }
    assert tuple(row.asDict()) == ("table", "partition", *COLUMNS)


def test_an_order_goes_to_its_table_with_price_and_coupon(spark: SparkSession) -> None:
    [row] = rows_of(spark, message(ORDER))
    assert (row.table, row.price, row.coupon) == (ORDERS, 42, "Yes")


def test_every_other_type_is_an_event(spark: SparkSession) -> None:
    types = [event_type for event_type in EVENT_TYPES if event_type != "order_food"]
    assert len(types) == 7
    rows = rows_of(spark, *(message(LOGIN, event_type=event_type) for event_type in types))
    assert [(row.table, row.event_type) for row in rows] == [(EVENTS, t) for t in types]


def test_the_same_message_twice_is_two_rows(spark: SparkSession) -> None:
    first, second = rows_of(spark, message(LOGIN), message(LOGIN))
    assert (first.event_id, first.kafka_offset) == ("login-000007", 0)
    assert (second.event_id, second.kafka_offset) == ("login-000007", 1)


GOOD = [
    message(LOGIN, description="naïve ☕ 中文 \U0001f355"),
    b" \r\n\t" + message(LOGIN) + b" \n",
    message(LOGIN, extra={"a": [1, {"b": None}]}),
    message(LOGIN, description=None),
    without(LOGIN, "uid"),
    message(LOGIN, price="not an order, so no price"),
    message(LOGIN)[:-1] + b', "price": {"a": 1, "a": 2}}',
    message(LOGIN, description="\x00 \ud800"),
    message(LOGIN, description="r" * 900_000),
    message(LOGIN, event_timestamp="0001-01-01 00:00:00"),
    message(LOGIN, extra=json.loads("[" * 900 + "]" * 900)),
]


def test_unusual_events_are_events(spark: SparkSession) -> None:
    rows = rows_of(spark, *GOOD)
    assert [(row.table, row.reason, row.message) for row in rows] == [(EVENTS, None, None)] * len(
        GOOD
    )
    assert [row.raw_event for row in rows] == [value.decode() for value in GOOD]


def test_of_a_key_that_occurs_twice_the_last_counts(spark: SparkSession) -> None:
    [row] = rows_of(spark, message(LOGIN)[:-1] + b', "uid": "A00999"}')
    assert (row.table, row.uid) == (EVENTS, "A00999")


def test_text_that_is_no_text_is_its_json(spark: SparkSession) -> None:
    [row] = rows_of(spark, message(LOGIN, uid=5, description={"a": [1, True]}))
    assert (row.uid, row.description) == ("5", '{"a":[1,true]}')


BAD = [
    (None, "empty message"),
    (b"", "empty message"),
    (b"   ", NOT_JSON),
    (b"no JSON", NOT_JSON),
    (b"null", NOT_JSON),
    (b"true", NOT_JSON),
    (b"5", NOT_JSON),
    (b'"login"', NOT_JSON),
    (b"[]", NOT_JSON),
    (b"[" + message(LOGIN) + b"]", NOT_JSON),
    (message(LOGIN)[:-1], NOT_JSON),
    (message(LOGIN)[:40], NOT_JSON),
    (message(LOGIN) + b" x", NOT_JSON),
    (message(LOGIN) + b"}", NOT_JSON),
    (message(LOGIN) + b"]", NOT_JSON),
    (message(LOGIN) + message(LOGIN), NOT_JSON),
    (message(LOGIN) + b"," + message(LOGIN), NOT_JSON),
    (message(LOGIN) + b"," + message(LOGIN) + b"] [", NOT_JSON),
    (message(LOGIN) + b',{"seal": ""}] x', NOT_JSON),
    (message(LOGIN) + b" // comment", NOT_JSON),
    (message(LOGIN).replace(b'"', b"'"), NOT_JSON),
    (message(LOGIN)[:-1] + b",}", NOT_JSON),
    (message(LOGIN, n=float("nan")), NOT_JSON),
    (message(LOGIN, n=float("-inf")), NOT_JSON),
    (message(LOGIN)[:-1] + b', "n": 012}', NOT_JSON),
    (message(LOGIN)[:-1] + b', "n": +1}', NOT_JSON),
    (message(LOGIN)[:-1] + b', "n": "a\nb"}', NOT_JSON),
    (message(LOGIN)[:-1] + rb', "n": "\q"}', NOT_JSON),
    # Behind the line break a parser that goes on finds the next key.
    (message(ORDER).replace(b'A00012"', b"A\n"), NOT_JSON),
    (message(ORDER).replace(b" 42", b" 42x"), NOT_JSON),
    (message(ORDER).replace(b" 42", b' "42\n'), NOT_JSON),
    (b"\xef\xbb\xbf" + message(LOGIN), NOT_JSON),
    (b"[" * 100_000, NOT_JSON),
    (message(LOGIN, description="r" * 900_000)[:-1], NOT_JSON),
    (message(LOGIN)[:-1] + b', "n": ' + b"[" * 2000 + b"]" * 2000 + b"}", NOT_JSON),
    (message(LOGIN)[:-1] + b', "n": "\xff"}', "not valid UTF-8"),
    (json.dumps(LOGIN).encode("utf-16"), "not valid UTF-8"),
    (b"\xed\xa0\x80", "not valid UTF-8"),
    (b"{}", "no event_type"),
    (without(LOGIN, "event_type"), "no event_type"),
    (message(LOGIN, event_type=None), "no event_type"),
    (message(LOGIN, event_type="logout"), "unknown event_type"),
    (message(LOGIN, event_type="Login"), "unknown event_type"),
    (message(LOGIN, event_type=5), "unknown event_type"),
    (without(LOGIN, "event_timestamp"), NOT_IN_FORMAT),
    (message(LOGIN, event_timestamp=None), NOT_IN_FORMAT),
    (message(LOGIN, event_timestamp=1551553689), NOT_IN_FORMAT),
    (message(LOGIN, event_timestamp="2019-02-29 19:08:09"), NOT_IN_FORMAT),
    (message(LOGIN, event_timestamp="2019-03-02T19:08:09"), NOT_IN_FORMAT),
    (message(LOGIN, event_timestamp="2019-03-02 19:08"), NOT_IN_FORMAT),
    (message(LOGIN, event_timestamp="2019-3-2 19:08:09"), NOT_IN_FORMAT),
    (message(LOGIN, event_timestamp="2019-03-02 24:00:00"), NOT_IN_FORMAT),
    (message(LOGIN, event_timestamp="2019-03-02 19:08:09Z"), NOT_IN_FORMAT),
    (message(LOGIN, event_timestamp="+12019-03-02 19:08:09"), NOT_IN_FORMAT),
    (without(ORDER, "price"), "price is not an integer"),
    (message(ORDER, price=None), "price is not an integer"),
    (message(ORDER, price="42"), "price is not an integer"),
    (message(ORDER, price=42.0), "price is not an integer"),
    (message(ORDER, price=True), "price is not an integer"),
    (message(ORDER, price=2**31), "price is not an integer"),
    (message(ORDER, price=[42]), "price is not an integer"),
]


@pytest.fixture(scope="module")
def between_good_ones(spark: SparkSession) -> list[Row]:
    """The rows of all bad messages, each followed by a good one."""
    return rows_of(spark, *(value for bad, _ in BAD for value in (bad, message(ORDER))))


@pytest.mark.parametrize("index", range(len(BAD)), ids=lambda index: f"{BAD[index][0]!r:.60}")
def test_a_bad_message_is_a_dead_letter(between_good_ones: list[Row], index: int) -> None:
    value, reason = BAD[index]
    row = between_good_ones[2 * index]
    assert (row.table, row.reason, row.kafka_offset) == (DEAD_LETTERS, reason, 2 * index)
    assert row.message == value
    if value is None:
        assert row.raw_event is None
    elif reason == "not valid UTF-8":
        assert "\N{REPLACEMENT CHARACTER}" in row.raw_event
    else:
        assert row.raw_event == value.decode()


# Bytes that mean something to a JSON parser are put where they do not belong.
_CUTS = st.tuples(
    st.integers(0, len(message(ORDER))),
    st.integers(0, 3),
    st.sampled_from([b"", *(b"%c" % byte for byte in b'{}[]",:\\0x \n'), b"null", b"\xff"]),
)
_MESSAGES = st.one_of(
    st.binary(max_size=40),
    st.lists(_CUTS, max_size=2).map(lambda cuts: reduce(cut, cuts, message(ORDER))),
)


def cut(text: bytes, change: tuple[int, int, bytes]) -> bytes:
    """Another text in the place of a few bytes."""
    at, length, put = change
    return text[:at] + put + text[at + length :]


def is_order(value: bytes) -> bool:
    """Whether a strict parser reads an order out of it."""
    try:
        event = orjson.loads(value)
        moment = event["event_timestamp"]
        # Python's own format lets a digit be left out.
        dated = str(datetime.fromisoformat(moment)) == moment
    except (ValueError, TypeError, LookupError):
        return False
    return dated and event.get("event_type") == "order_food" and type(event.get("price")) is int


def test_any_message_is_one_row_and_another_parser_agrees(spark: SparkSession) -> None:
    # A hundred messages are one job of Spark's, which takes too long to look for a smaller case.
    @settings(
        max_examples=8,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(_MESSAGES, min_size=100, max_size=100))
    def check(values: list[bytes]) -> None:
        rows = rows_of(spark, *values)
        assert [row.kafka_offset for row in rows] == [*range(len(values))]
        for row, value in zip(rows, values, strict=True):
            assert (row.table == ORDERS) == is_order(value), (row.reason, value)
            assert (row.message == value) == (row.table == DEAD_LETTERS)

    check()


def test_bad_messages_do_not_touch_their_neighbours(between_good_ones: list[Row]) -> None:
    assert len(between_good_ones) == 2 * len(BAD)
    assert {(row.table, row.price) for row in between_good_ones[1::2]} == {(ORDERS, 42)}
