"""Which limits are tried, and what is said of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record.models import Result
from harness.search import memory_limit
from harness.search.memory_limit import STEP, Probe
from harness.system.units import MIB
from tests.unit.harness.record import example


def tried(most: int, least: int) -> tuple[int | None, list[int]]:
    """What is found where `least` bytes are enough, and which limits are tried, in MiB."""
    limits: list[int] = []

    def holds(limit: int) -> bool:
        limits.append(limit)
        return limit >= least

    return memory_limit.search_limit(most, holds), limits


def test_halves_until_one_fails_then_bisects() -> None:
    found, limits = tried(3328 * MIB, least=1500 * MIB)

    assert found == 1536 * MIB
    assert [limit // MIB for limit in limits] == [3328, 1664, 832, 1216, 1408, 1536, 1472]


def test_none_where_the_budget_itself_is_not_enough() -> None:
    assert tried(1024 * MIB, least=2048 * MIB) == (None, [1024 * MIB])


def test_nothing_is_left_to_fail() -> None:
    assert tried(128 * MIB, least=1) == (STEP, [128 * MIB, 64 * MIB])


@given(most=st.integers(1, 80 * STEP), least=st.integers(1, 80 * STEP))
def test_is_the_smallest_step_that_holds(most: int, least: int) -> None:
    found, limits = tried(most, least)

    if least > most:
        assert found is None
    else:
        assert found == min(-(-least // STEP) * STEP, most)
    assert len(limits) == len(set(limits)) <= 1 + 2 * 7


def record(status: str = "valid", **budget: object) -> Result:
    result = example.result(
        status=status, throughput=example.result().throughput if status == "valid" else None
    )
    changed = result.budget.model_copy(
        update={"enforced_by": "cgroup-v1", "within": True, **budget}
    )
    return result.model_copy(update={"budget": changed, "reasons": ("drained too late\n why",)})


def test_report_names_who_gave_way() -> None:
    killed = record("error", within=False, oom_kills=1, oom_kills_by_service={"streaming": 1})
    probes = [Probe(2048 * MIB, record()), Probe(1024 * MIB, killed), Probe(1536 * MIB, record())]

    section = memory_limit.report(probes, 1536 * MIB)

    assert section.lines == (
        "The profile bench is valid within 1,536 MiB and more. With 1,024 MiB streaming gave way.",
    )
    (table,) = section.tables
    assert [row[:3] for row in table.rows] == [
        ("2,048", "valid", "-"),
        ("1,536", "valid", "-"),
        ("1,024", "error", "streaming"),
    ]
    assert [row[5] for row in table.rows] == ["2,674", "2,674", "-"]


def test_report_gives_the_reason_where_nobody_was_killed() -> None:
    section = memory_limit.report([Probe(1024 * MIB, record("invalid"))], None)

    assert section.lines == (
        "The profile bench is not valid within 1,024 MiB: drained too late gave way.",
    )


@pytest.mark.parametrize(
    ("result", "holds"),
    [(record(), True), (record("invalid"), False), (record(within=False), False)],
)
def test_holds_where_the_run_is_valid_and_within(result: Result, holds: bool) -> None:
    assert Probe(1024 * MIB, result).holds is holds
