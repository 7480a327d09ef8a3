"""The ladder classifies every row and event, whatever happened to them."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from app.ledger import Ledger
from app.route import ROUTES
from contract.tables import DEAD_LETTERS, EVENTS, ORDERS, table_of
from harness.record.models import Rung
from harness.verify import count_ladder
from harness.verify.checks import list_reasons
from harness.verify.count_ladder import Observed, Reconciliation, StoredRow

Fate = Literal["accepted", "lost", "refused", "in doubt"]
Place = Literal["right", "other type", "other table"]


@dataclass(frozen=True)
class Story:
    """What happened to one event: how the app ended it, and the rows that came of it."""

    event_id: str
    fate: Fate
    rows: tuple[Place, ...]

    @property
    def event_type(self) -> str:
        return ROUTES[self.event_id.rpartition("-")[0]].event_type

    def stored(self) -> list[StoredRow]:
        event_type = self.event_type
        table = ORDERS if event_type == "order_food" else EVENTS
        wrong = EVENTS if table == ORDERS else ORDERS
        rows = {
            "right": StoredRow(table, event_type, self.event_id),
            "other type": StoredRow(table, "no type of ours", self.event_id),
            "other table": StoredRow(wrong, event_type, self.event_id),
        }
        return [rows[place] for place in self.rows]


def ledger_of(stories: Sequence[Story]) -> Ledger:
    def ids(*fates: Fate) -> set[str]:
        return {story.event_id for story in stories if story.fate in fates}

    return Ledger(
        began={story.event_id: None for story in stories},
        accepted=ids("accepted", "lost"),
        refused=ids("refused"),
        lost=ids("lost"),
    )


def reconcile(
    stories: Sequence[Story],
    strangers: Sequence[StoredRow] = (),
    judge_load: bool = False,
    **changes: object,
) -> Reconciliation:
    """The ladder of a pipeline in which the files and Presto agree, but for `changes`."""
    rows = [row for story in stories for row in story.stored()] + list(strangers)
    ledger = ledger_of(stories)
    rungs: dict[str, object] = {
        "sent": count_ladder.count_by_type(ledger.accepted),
        "failed": 0,
        "ledger": ledger,
        "kafka": len(rows),
        "parquet": rows,
        "messages": len(rows),
        "presto": rows,
        "presto_dead_letters": 0,
        "undated": 0,
    }
    return count_ladder.reconcile(Observed(**{**rungs, **changes}), judge_load=judge_load)  # type: ignore[arg-type]


event_ids = st.builds("{}-{:06d}".format, st.sampled_from(sorted(ROUTES)), st.integers(0, 999_999))
stories_of = st.lists(
    st.builds(
        Story,
        event_ids,
        st.sampled_from(["accepted", "lost", "refused", "in doubt"]),
        st.lists(st.sampled_from(["right", "other type", "other table"]), max_size=3).map(tuple),
    ),
    unique_by=lambda story: story.event_id,
    max_size=30,
)
strange_rows = st.lists(
    st.builds(
        StoredRow,
        st.sampled_from([EVENTS, ORDERS]),
        st.sampled_from([None, "login", "order_food"]),
        st.sampled_from([None, "nobody's", "login-0000001"]),
    ),
    max_size=5,
)


@given(stories_of, strange_rows)
def test_everything_is_classified(stories: list[Story], strangers: list[StoredRow]) -> None:
    result = reconcile(stories, strangers)
    counts = result.counts

    expected = [story for story in stories if story.fate != "refused"]
    copies = {story.event_id: story.rows.count("right") for story in expected}
    missing = [
        story
        for story in stories
        if story.fate in ("accepted", "lost") and "right" not in story.rows
    ]
    arrived_in_doubt = [
        story for story in stories if story.fate == "in doubt" and "right" in story.rows
    ]
    misplaced = sum(len(story.rows) - story.rows.count("right") for story in expected)
    of_refused = sum(len(story.rows) for story in stories if story.fate == "refused")
    assert counts.missing == len(missing)
    assert counts.duplicate == sum(max(0, number - 1) for number in copies.values())
    assert counts.unexpected == misplaced + of_refused + len(strangers)
    assert counts.in_doubt == sum(story.fate == "in doubt" for story in stories)
    assert counts.refused == sum(story.fate == "refused" for story in stories)
    assert counts.presto == (
        counts.accepted
        - counts.missing
        + len(arrived_in_doubt)
        + counts.duplicate
        + counts.unexpected
    )
    valid = not (counts.missing or counts.duplicate or counts.unexpected)
    assert (list_reasons(result.checks) == ()) == valid


@given(stories_of, strange_rows)
def test_types_and_tables_add_up(stories: list[Story], strangers: list[StoredRow]) -> None:
    counts = reconcile(stories, strangers).counts

    for split in (counts.by_type, counts.by_table):
        assert sum(rung.accepted for rung in split.values()) == counts.accepted
        assert sum(rung.parquet for rung in split.values()) == counts.parquet
        assert sum(rung.presto for rung in split.values()) == counts.presto
        assert sum(rung.sent or 0 for rung in split.values()) == counts.sent
    nothing = Rung(sent=0, accepted=0, kafka=None, parquet=0, presto=0)
    orders = counts.by_table.get(ORDERS, nothing)
    assert orders.accepted == counts.by_type.get("order_food", nothing).accepted


@given(stories_of, st.data())
def test_a_row_that_presto_lacks_is_found(stories: list[Story], data: st.DataObject) -> None:
    rows = [row for story in stories for row in story.stored()]
    if not rows:
        return
    kept = list(rows)
    kept.remove(data.draw(st.sampled_from(rows)))

    (check,) = (
        check
        for check in reconcile(stories, presto=kept).checks
        if check.name == "rows of the Parquet files that Presto lacks"
    )

    assert (check.status, check.actual) == ("fail", "1")


def story(event_id: str, fate: Fate = "accepted", *rows: Place) -> Story:
    return Story(event_id, fate, rows)


GOOD = story("login-000001", "accepted", "right")


def test_a_good_run() -> None:
    order = story("order_food-000001", "accepted", "right")

    result = reconcile([GOOD, order], judge_load=True)

    assert list_reasons(result.checks) == ()
    assert {check.status for check in result.checks} == {"pass"}
    one = Rung(sent=1, accepted=1, kafka=None, parquet=1, presto=1)
    assert result.counts.by_type == {"login": one, "order_food": one}
    assert result.counts.by_table == {"menu_app_events": one, "menu_app_orders": one}
    assert result.counts.ids == {}


def test_what_is_amiss_is_named() -> None:
    stories = [
        story("login-000001"),
        story("login0-000002", "accepted", "right", "right", "right"),
        story("order_food-000003", "accepted", "right", "other table"),
        story("login-000004", "refused", "right"),
        story("login-000005", "in doubt"),
        story("login-000006", "in doubt", "right", "other type"),
    ]

    result = reconcile(
        stories, [StoredRow(EVENTS, "login", None), StoredRow(EVENTS, None, "login-7")]
    )

    assert result.counts.ids == {
        "missing": ("login-000001",),
        "duplicate": ("login0-000002", "login0-000002"),
        "unexpected": (
            "None (no id)",
            "login-000004 (refused)",
            "login-000006 (of type no type of ours)",
            "login-7 (never begun)",
            "order_food-000003 (in menu_app_events)",
        ),
        "in_doubt": ("login-000005", "login-000006"),
        "refused": ("login-000004",),
    }
    assert list_reasons(result.checks) == (
        "accepted events that are not in Presto: 1 (login-000001) instead of 0",
        "rows too many of the same event in Presto: 2 (login0-000002, login0-000002) instead of 0",
        (
            "unexpected rows in Presto: 5 (None (no id), login-000004 (refused), login-000006"
            " (of type no type of ours), login-7 (never begun), order_food-000003"
            " (in menu_app_events)) instead of 0"
        ),
    )


def test_only_the_first_ids_are_named() -> None:
    result = reconcile([story(f"login-{index:06d}") for index in range(1_200)])

    first = "login-000000, login-000001, login-000002, login-000003, login-000004"
    assert result.counts.ids == {"missing": tuple(first.split(", "))}
    assert list_reasons(result.checks) == (
        f"accepted events that are not in Presto: 1,200 ({first}, …) instead of 0",
    )


def test_where_missing_events_went_is_said() -> None:
    dead = StoredRow(DEAD_LETTERS, None, "login-000003")
    stories = [story("login-000001", "lost"), story("login-000002"), story("login-000003")]

    result = reconcile(stories, parquet=[dead], kafka=1, messages=1, presto_dead_letters=1)

    assert result.counts.dead_letter == 1
    assert list_reasons(result.checks) == (
        (
            "accepted events that are not in Presto: 3 (login-000001, login-000002, login-000003;"
            " 1 lost by the producer; 1 in the dead letters) instead of 0"
        ),
    )


def test_an_event_reported_lost_that_arrived_is_fine() -> None:
    assert (
        list_reasons(reconcile([story("login-000001", "lost", "right")], judge_load=True).checks)
        == ()
    )


def test_a_strangers_dead_letter_is_counted_and_no_reason() -> None:
    rows = [*GOOD.stored(), StoredRow(DEAD_LETTERS, None, None)]

    result = reconcile(
        [GOOD], judge_load=True, parquet=rows, kafka=2, messages=2, presto_dead_letters=1
    )

    assert list_reasons(result.checks) == ()
    counts = result.counts
    assert (counts.kafka, counts.parquet, counts.presto, counts.dead_letter) == (2, 1, 1, 1)
    assert set(counts.by_table) == {EVENTS}


def test_dead_letters_that_presto_lacks() -> None:
    rows = [*GOOD.stored(), StoredRow(DEAD_LETTERS, None, None)]

    result = reconcile([GOOD], parquet=rows, kafka=2, messages=2, presto_dead_letters=0)

    assert list_reasons(result.checks) == ("dead letters in Presto: 0 instead of 1",)


def test_messages_of_kafka_that_are_in_no_file() -> None:
    assert list_reasons(reconcile([GOOD], kafka=2).checks) == (
        "rows in the Parquet files, one a message of Kafka: 1 instead of 2",
    )


def test_a_message_that_is_in_two_files() -> None:
    other = story("login-000002", "accepted", "right")

    assert list_reasons(reconcile([GOOD, other], messages=1).checks) == (
        "different messages in the Parquet files: 1 instead of 2",
    )


def test_rows_that_only_presto_has() -> None:
    other = story("login-000002", "accepted", "right")

    assert list_reasons(
        reconcile([GOOD, other], parquet=GOOD.stored(), kafka=1, messages=1).checks
    ) == ("rows of Presto that the Parquet files lack: 1 instead of 0",)


def test_a_bench_must_have_no_failed_request() -> None:
    assert list_reasons(reconcile([GOOD], judge_load=True, failed=3).checks) == (
        "requests that failed: 3 instead of 0",
    )
    assert list_reasons(reconcile([GOOD], judge_load=False, failed=3).checks) == ()


def test_a_bench_must_have_nothing_in_doubt() -> None:
    stories = [GOOD, story("login-000002", "in doubt")]

    assert list_reasons(reconcile(stories, judge_load=True).checks) == (
        "events in doubt: 1 (login-000002) instead of 0",
    )
    assert list_reasons(reconcile(stories, judge_load=False).checks) == ()


def test_a_bench_must_have_every_request_accepted_type_by_type() -> None:
    order = story("order_food-000001", "accepted", "right")
    sent = {"login": 2, "new_user": 1, "order_food": 1}

    assert list_reasons(reconcile([GOOD, order], judge_load=True, sent=sent).checks) == (
        (
            "requests that the app accepted: 2 (login 1, new_user 0) instead of"
            " 4 (login 2, new_user 1)"
        ),
    )
    swapped = {"login": 0, "order_food": 2}
    assert list_reasons(reconcile([GOOD, order], judge_load=True, sent=swapped).checks) == (
        (
            "requests that the app accepted: 2 (login 1, order_food 1) instead of"
            " 2 (login 0, order_food 2)"
        ),
    )


def test_somebody_elses_load_has_no_sent() -> None:
    result = reconcile([GOOD], sent=None)

    assert list_reasons(result.checks) == ()
    assert result.counts.sent is None
    assert result.counts.by_type["login"].sent is None
    assert {check.name: check.status for check in result.checks}[
        "requests that failed"
    ] == "not_run"


def test_a_whole_load_in_any_order_of_rows_is_counted() -> None:
    stories = [
        story(f"{route}-{index:06d}", "accepted", "right")
        for route in ("login", "login0", "order_food", "post_rating")
        for index in range(10_613)
    ]
    rows = [row for each in stories for row in each.stored()]
    random.Random(1).shuffle(rows)

    result = reconcile(stories, presto=rows)

    assert result.counts.presto == 42_452
    assert Counter(map(table_of, count_ladder.count_by_type(["order_food-1", "login-1"]))) == {
        ORDERS: 1,
        EVENTS: 1,
    }
