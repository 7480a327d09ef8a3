"""What is said of two sets of runs, and which sets are refused."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.compare import comparison
from harness.compare.comparison import Comparison, MetricComparison
from harness.errors import Inconclusive, UsageError
from harness.record import history, metrics
from harness.record.metrics import METRICS
from harness.record.models import Budget, Git, Load, MarkName, Result
from tests.unit.harness.compare import runs
from tests.unit.harness.record import example

NOISE = (1.0, 1.01, 0.99, 1.004, 0.996)


def group(name: str, first: int, factor: float = 1.0, **changes: Any) -> list[Result]:
    """Five runs that differ by noise."""
    return [
        runs.make(first + place, 2700 * factor * noise, group=name, **changes)
        for place, noise in enumerate(NOISE)
    ]


def compare(results: Path, a: str, b: str, anyway: bool = False) -> Comparison:
    return comparison.compare(comparison.choose(results, a), comparison.choose(results, b), anyway)


def rows(made: Comparison) -> dict[str, MetricComparison]:
    return {row.metric: row for row in made.rows}


def other_load(**changes: Any) -> Load:
    return example.load().model_copy(update=changes)


def other_budget(**changes: Any) -> Budget:
    return example.result().budget.model_copy(update=changes)


class TestVerdicts:
    @pytest.mark.parametrize(
        ("factor", "verdict"), [(1.2, "better"), (0.8, "worse"), (1.001, "no difference seen")]
    )
    def test_of_a_rate(self, tmp_path: Path, factor: float, verdict: str) -> None:
        runs.keep(tmp_path, [*group("a", 0), *group("b", 10, factor)])

        row = rows(compare(tmp_path, "a", "b"))["queryable_per_s"]

        assert row.verdict == verdict
        assert (row.a, row.b) == pytest.approx((2700, 2700 * factor))
        assert (row.a_runs, row.b_runs) == (5, 5)
        assert row.ratio == pytest.approx(factor)
        assert row.low is not None
        assert row.high is not None
        assert row.low <= factor <= row.high

    @pytest.mark.parametrize(
        ("name", "factor", "verdict"),
        [
            ("drain_s", 2.0, "worse"),
            ("drain_s", 0.5, "better"),
            ("cpu_cores_mean", 2.0, "differs"),
            ("cpu_cores_mean", 0.5, "differs"),
        ],
    )
    def test_of_other_directions(self, name: str, factor: float, verdict: str) -> None:
        b = [factor * noise for noise in NOISE]

        row = comparison.compare_metric(name, METRICS[name], NOISE, b, comparable=True)

        assert row.verdict == verdict

    def test_of_single_runs(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, [runs.make(0, 2000.0), runs.make(1, 1000.0)])

        row = rows(compare(tmp_path, "latest~1", "latest"))["queryable_per_s"]

        assert (row.verdict, row.ratio, row.low, row.high) == ("too few runs", 0.5, None, None)

    def test_of_what_was_not_measured(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, [*group("a", 0), *group("b", 10)])

        row = rows(compare(tmp_path, "a", "b"))["throttled_s"]

        assert (row.verdict, row.a, row.a_runs, row.ratio) == ("not measured", None, 0, None)

    @pytest.mark.parametrize(
        ("a", "b", "verdict"),
        [
            ([0.0] * 5, [0.0] * 5, "no difference seen"),
            ([0.0] * 5, [2.0] * 5, "not comparable"),
            ([-3.0] * 5, [2.0] * 5, "not comparable"),
            ([0.0] * 4, [2.0] * 5, "too few runs"),
        ],
    )
    def test_where_there_is_no_ratio(self, a: list[float], b: list[float], verdict: str) -> None:
        row = comparison.compare_metric(
            "throttled_s", METRICS["throttled_s"], a, b, comparable=True
        )

        assert (row.verdict, row.ratio) == (verdict, None)

    def test_every_metric_has_a_row_in_the_order_of_the_registry(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, [runs.make(0), runs.make(1)])

        made = compare(tmp_path, "latest~1", "latest")

        assert [row.metric for row in made.rows] == [*metrics.read_metrics(example.result())]
        assert rows(made)["pss_peak_bytes.web"].unit == "bytes"

    def test_a_service_that_one_side_has_not(self, tmp_path: Path) -> None:
        fewer = example.resources().model_copy(update={"services": {}})
        runs.keep(tmp_path, [runs.make(0), runs.make(1, resources=fewer)])

        row = rows(compare(tmp_path, "latest~1", "latest"))["pss_peak_bytes.web"]

        assert (row.verdict, row.b) == ("not measured", None)
        assert row.a is not None


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"profile": "smoke"}, "profile: bench in A, smoke in B"),
            ({"backend": "compose"}, "backend: native in A, compose in B"),
            ({"load": other_load(tool="k6")}, "load.tool: ab in A, k6 in B"),
            ({"load": other_load(loop="open")}, "load.loop: closed in A, open in B"),
            ({"load": other_load(connections=9)}, "load.connections: 64 in A, 9 in B"),
            ({"load": other_load(keep_alive=False)}, "load.keep_alive: True in A, False in B"),
            ({"load": other_load(requests=9)}, "load.requests: 42452 in A, 9 in B"),
            ({"budget": other_budget(vcpu=4.0)}, "budget.vcpu: 2.0 in A, 4.0 in B"),
            (
                {"budget": other_budget(enforced_by="cgroup-v2")},
                "budget.enforced_by: none in A, cgroup-v2 in B",
            ),
            (
                {"counts": example.counts(accepted=42_552)},
                "earlier_events: 0 in A, 100 in B",
            ),
        ],
    )
    def test_name_the_field(self, tmp_path: Path, changes: dict[str, Any], said: str) -> None:
        runs.keep(tmp_path, [runs.make(0), runs.make(1, **changes)])

        with pytest.raises(Inconclusive) as caught:
            compare(tmp_path, "latest~1", "latest")

        assert caught.value.exit_code == 7
        assert caught.value.why == said

    def test_of_another_host(self, tmp_path: Path) -> None:
        place = example.result().environment
        host = place.host.model_copy(update={"fingerprint": "0123456789ab"})
        away = runs.make(1, environment=place.model_copy(update={"host": host}))
        runs.keep(tmp_path, [runs.make(0), away])

        with pytest.raises(Inconclusive) as caught:
            compare(tmp_path, "latest~1", "latest")

        assert caught.value.why.startswith("environment.host.fingerprint: ecb3aef9b10b in A, ")

    def test_of_a_run_that_is_not_valid(self, tmp_path: Path) -> None:
        fault = runs.make(1, status="invalid", reasons=("2 events are missing",), load=None)
        runs.keep(tmp_path, [runs.make(0), fault])

        with pytest.raises(Inconclusive) as caught:
            compare(tmp_path, "latest~1", "latest")

        assert (
            caught.value.why == f"run {fault.run_id} is not valid (invalid): 2 events are missing"
        )

    def test_of_a_group_that_is_not_of_one_kind(self, tmp_path: Path) -> None:
        mixed = [runs.make(0, group="a"), runs.make(1, group="a", profile="smoke")]
        runs.keep(tmp_path, [*mixed, runs.make(2)])

        with pytest.raises(Inconclusive, match="not to be compared") as caught:
            compare(tmp_path, "a", "latest")

        assert caught.value.why == "profile: bench or smoke in A, bench in B"

    def test_of_a_run_on_both_sides(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, group("a", 0))

        with pytest.raises(UsageError, match="is on both sides"):
            compare(tmp_path, "a", "latest")

    def test_of_a_run_without_its_configuration(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, [runs.make(0), runs.make(1)])
        (tmp_path / "latest" / "config.toml").unlink()

        with pytest.raises(UsageError, match=r"config\.toml cannot be read"):
            compare(tmp_path, "latest~1", "latest")

    def test_are_set_aside_by_who_says_so_and_every_row_tells_it(self, tmp_path: Path) -> None:
        fault = runs.make(1, status="invalid", reasons=("2 events are missing",))
        runs.keep(tmp_path, [runs.make(0), fault])

        made = compare(tmp_path, "latest~1", "latest", anyway=True)

        assert made.obstacles == (
            f"run {fault.run_id} is not valid (invalid): 2 events are missing",
        )
        assert not any(row.comparable for row in made.rows)
        assert rows(made)["queryable_per_s"].verdict == "not measured"
        assert rows(made)["drain_s"].verdict == "too few runs"


class TestWithdrawn:
    def test_run_is_refused_with_the_reason(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, [runs.make(0), runs.make(1)])
        history.update_history(tmp_path)
        history.withdraw_runs(tmp_path, [runs.make(1).run_id], "a backup ran")

        with pytest.raises(Inconclusive) as caught:
            compare(tmp_path, "latest~1", "latest")

        assert caught.value.why == f"run {runs.make(1).run_id} is withdrawn: a backup ran"

    def test_run_is_left_out_of_its_group_and_named(self, tmp_path: Path) -> None:
        made = [*group("a", 0), *group("b", 10)]
        runs.keep(tmp_path, made)
        history.update_history(tmp_path)
        history.withdraw_runs(tmp_path, [made[1].run_id], "a backup ran")

        found = compare(tmp_path, "a", "b")

        assert found.a.left_out == {made[1].run_id: "withdrawn: a backup ran"}
        assert made[1].run_id not in found.a.runs
        assert len(found.a.runs) == 4
        assert rows(found)["queryable_per_s"].verdict == "too few runs"

    def test_whole_group(self, tmp_path: Path) -> None:
        made = group("a", 0)
        runs.keep(tmp_path, made)
        history.update_history(tmp_path)
        history.withdraw_runs(tmp_path, [run.run_id for run in made], "a backup ran")

        with pytest.raises(UsageError, match="Every run of the group 'a' is withdrawn"):
            comparison.choose(tmp_path, "a")


class TestMarked:
    MARKS: ClassVar[dict[MarkName, str]] = {"disturbed": "others used 9 %"}

    def mark(self, results: list[Result], *numbers: int) -> list[Result]:
        """Return the runs, of which some are marked."""
        return [
            one.model_copy(update={"marks": self.MARKS}) if number in numbers else one
            for number, one in enumerate(results)
        ]

    def test_run_is_left_out_of_its_group_and_named(self, tmp_path: Path) -> None:
        made = [*self.mark(group("a", 0), 1), *group("b", 10)]
        runs.keep(tmp_path, made)

        found = compare(tmp_path, "a", "b")

        assert found.a.left_out == {made[1].run_id: "disturbed: others used 9 %"}
        assert made[1].run_id not in found.a.runs
        assert len(found.a.figures) == 4
        assert rows(found)["queryable_per_s"].verdict == "too few runs"

    def test_run_counts_where_it_is_asked_for_and_keeps_its_word(self, tmp_path: Path) -> None:
        made = [*self.mark(group("a", 0), 1), *group("b", 10)]
        runs.keep(tmp_path, made)

        a, b = (comparison.choose(tmp_path, name, marked=True) for name in "ab")
        found = comparison.compare(a, b, anyway=False)

        assert found.a.left_out == {}
        assert found.a.marks == {made[1].run_id: "disturbed: others used 9 %"}
        assert rows(found)["queryable_per_s"].verdict == "no difference seen"
        assert found.rows[0].comparable

    def test_run_by_itself_is_refused(self, tmp_path: Path) -> None:
        made = self.mark([runs.make(0), runs.make(1)], 1)
        runs.keep(tmp_path, made)

        with pytest.raises(Inconclusive) as refused:
            compare(tmp_path, "latest~1", "latest")
        anyway = compare(tmp_path, "latest~1", "latest", anyway=True)

        assert refused.value.why == f"run {made[1].run_id} is marked disturbed: others used 9 %"
        assert refused.value.do.startswith(
            "count marked runs, too: make compare A=latest~1 B=latest MARKED=1; or "
        )
        assert not any(row.comparable for row in anyway.rows)
        assert anyway.b.marks.keys() == {made[1].run_id}

    def test_whole_group(self, tmp_path: Path) -> None:
        made = self.mark(group("a", 0), *range(5))
        runs.keep(tmp_path, made)

        with pytest.raises(Inconclusive, match="Every run of the group 'a' is left out") as refused:
            comparison.choose(tmp_path, "a")
        assert refused.value.why.count("disturbed: others used 9 %") == 5


class TestDifferences:
    def test_are_named_key_by_key(self, tmp_path: Path) -> None:
        place = example.result().environment
        changed = place.model_copy(
            update={
                "versions": {**place.versions, "kafka": "4.5.0", "numpy": "2.2"},
                "git": place.git.model_copy(update={"commit": "f" * 40}),
                "host": place.host.model_copy(update={"kernel": "7.0"}),
            }
        )
        runs.keep(tmp_path, [runs.make(0)])
        runs.keep(
            tmp_path,
            [runs.make(1, environment=changed)],
            "app.publish=queued",
            "streaming.trigger_s=2",
        )

        found = compare(tmp_path, "latest~1", "latest").differences

        assert {one.field: (one.a, one.b) for one in found} == {
            "commit": ((place.git.commit,), ("f" * 40,)),
            "host.kernel": (("6.18.44",), ("7.0",)),
            "versions.kafka": (("4.4.0",), ("4.5.0",)),
            "versions.numpy": (("-",), ("2.2",)),
            "config.app.publish": (("acknowledged",), ("queued",)),
            "config.streaming.trigger_s": (("1.0",), ("2.0",)),
        }

    def test_of_like_runs_are_none(self, tmp_path: Path) -> None:
        runs.keep(tmp_path, [runs.make(0), runs.make(1)])

        assert compare(tmp_path, "latest~1", "latest").differences == ()

    def test_a_commit_that_is_known_of_none_is_listed(self, tmp_path: Path) -> None:
        place = example.result().environment
        nowhere = place.model_copy(update={"git": Git(commit=None, dirty=None)})
        runs.keep(tmp_path, [runs.make(number, environment=nowhere) for number in range(2)])
        found = compare(tmp_path, "latest~1", "latest").differences
        assert [(one.field, one.a, one.b) for one in found] == [
            (name, ("unknown",), ("unknown",)) for name in ("commit", "dirty")
        ]
