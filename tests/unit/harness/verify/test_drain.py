"""The drain waits for each rung in its turn, and says for which."""

import time
from collections import Counter
from collections.abc import Sequence
from itertools import chain, groupby, repeat

import pytest

from harness.errors import InvalidRun
from harness.verify import drain
from harness.verify.commits import CommitLogReader
from harness.verify.offsets import Offsets, TopicOffsets
from harness.verify.presto_queries import PrestoQueries

EVENTS, ORDERS, DEAD = "menu_app_events", "menu_app_orders", "menu_app_dead_letters"


class Pipeline:
    """Kafka's end offsets, the log's next ones and Presto's rows, one state after the other.

    Each list is walked by whoever asks for it, and stays at its last; `asked` is who asked.
    """

    def __init__(
        self,
        ends: Sequence[tuple[int, int]],
        committed: Sequence[tuple[int, int]],
        presto: Sequence[dict[str, int]],
        rows: dict[str, int],
    ) -> None:
        self.asked: list[str] = []
        ends_ = chain(ends, repeat(ends[-1]))
        committed_ = chain(committed, repeat(committed[-1]))
        presto_ = chain(presto, repeat(presto[-1]))
        asked = self.asked

        class FakeTopic(TopicOffsets):
            def __init__(self) -> None:
                pass

            def offsets(self) -> dict[int, Offsets]:
                asked.append("kafka")
                return {number: Offsets(0, end) for number, end in enumerate(next(ends_))}

        class FakeLog(CommitLogReader):
            def __init__(self) -> None:
                self.state: tuple[int, int] = (0, 0)

            def refresh(self) -> None:
                asked.append("log")
                self.state = next(committed_)

            def next_offsets(self) -> dict[int, int]:
                return {number: next_ for number, next_ in enumerate(self.state) if next_}

            def count_rows(self) -> Counter[str]:
                return Counter(rows)

        class FakePresto(PrestoQueries):
            def __init__(self) -> None:
                pass

            def count_rows(self) -> dict[str, int]:
                asked.append("presto")
                return next(presto_)

        self.topic, self.log, self.presto = FakeTopic(), FakeLog(), FakePresto()

    def drain(self, expected: int, deadline_s: float = 10) -> list[str]:
        """Drains, and returns what was waited for."""
        told: list[str] = []
        drain.drain(lambda: expected, self.topic, self.log, self.presto, deadline_s, told.append)
        return told


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "POLL_S", 0.001)


def test_nothing_to_wait_for() -> None:
    pipeline = Pipeline(
        [(8, 0)], [(8, 0)], [{EVENTS: 6, ORDERS: 2, DEAD: 0}], {EVENTS: 6, ORDERS: 2}
    )

    assert pipeline.drain(expected=8) == []
    assert pipeline.asked[-1] == "presto"


def test_each_rung_is_waited_for_in_its_turn() -> None:
    pipeline = Pipeline(
        ends=[(0, 0), (4, 0), (6, 4)],
        committed=[(0, 0), (6, 0), (6, 2), (6, 4)],
        presto=[
            {EVENTS: 5, ORDERS: 2, DEAD: 0},
            {EVENTS: 7, ORDERS: 2, DEAD: 0},
            {EVENTS: 7, ORDERS: 2, DEAD: 1},
        ],
        rows={EVENTS: 7, ORDERS: 2, DEAD: 1},
    )

    assert pipeline.drain(expected=10) == [
        "Kafka has 0 of 10 accepted events",
        "Kafka has 4 of 10 accepted events",
        "10 messages of Kafka are not committed",
        "4 messages of Kafka are not committed",
        "2 messages of Kafka are not committed",
        "Presto has 3 of 10 committed rows yet to return",
        "Presto has 1 of 10 committed rows yet to return",
    ]


def test_presto_is_not_asked_before_all_is_committed() -> None:
    pipeline = Pipeline([(6, 4)], [(0, 0), (6, 0), (6, 4)], [{EVENTS: 10}], {EVENTS: 10})

    pipeline.drain(expected=10)

    assert [name for name, _ in groupby(pipeline.asked)][-2:] == ["kafka", "presto"]
    assert pipeline.asked.count("presto") == 1


def test_rows_too_many_are_not_waited_for() -> None:
    pipeline = Pipeline([(10, 0)], [(10, 0)], [{EVENTS: 11, DEAD: 1}], {EVENTS: 10})

    assert pipeline.drain(expected=10) == []


def test_rows_of_one_table_do_not_stand_in_for_another() -> None:
    pipeline = Pipeline([(10, 0)], [(10, 0)], [{EVENTS: 10, ORDERS: 0}], {EVENTS: 8, ORDERS: 2})

    with pytest.raises(InvalidRun) as caught:
        pipeline.drain(expected=10, deadline_s=0.05)

    assert caught.value.what == "The drain did not end within 0.05 s."
    assert caught.value.why == "Presto has 2 of 10 committed rows yet to return"


def test_the_moment_is_that_of_prestos_answer() -> None:
    pipeline = Pipeline([(1, 0)], [(1, 0)], [{EVENTS: 0}, {EVENTS: 1}], {EVENTS: 1})
    before = time.monotonic()

    moment = drain.drain(
        lambda: 1, pipeline.topic, pipeline.log, pipeline.presto, 10, lambda _: None
    )

    assert before + drain.POLL_S <= moment <= time.monotonic()


def test_what_the_watcher_raises_ends_the_drain() -> None:
    pipeline = Pipeline([(0, 0)], [(0, 0)], [{}], {})

    def watch(awaited: str) -> None:
        raise KeyboardInterrupt(awaited)

    with pytest.raises(KeyboardInterrupt, match="Kafka has 0 of 1 accepted"):
        drain.drain(lambda: 1, pipeline.topic, pipeline.log, pipeline.presto, 10, watch)
