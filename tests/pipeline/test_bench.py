"""Runs on the cluster that stands: what each must say, and how it ends."""

import csv
import itertools
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from contract.tables import TABLES
from harness.cgroup import TARGET_CORES
from harness.config import load_plan
from harness.record import history, metrics
from harness.record.models import Phase, Result
from tests.pipeline.repository import FOREIGN, PLANTED, Repository, put

# 849 requests.
SMALL = ("--set", "load.fraction=0.02")
# From a phase's beginning to the first look, and how long one may take, in seconds.
LEAD_S, LOOK_S = 0.01, 0.3
QUERIES = {1: 2, 2: 3, 3: 2, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1}
BY_TYPE = {
    "create_profile": 1,
    "login": 2,
    "menu_search": 4,
    "new_user": 1,
    "order_food": 4,
    "post_rating": 5,
    "post_review": 2,
}
BY_TABLE = {"menu_app_events": 15, "menu_app_orders": 4}

# One answer in 200 of each worker is a 500, as long as the good ones and without an event.
FAULTS = """

import itertools as _itertools

_serve = application.wsgi_app
_requests = _itertools.count(1)


def _serve_with_faults(environ, start_response):
    if environ["PATH_INFO"] != "/healthz" and next(_requests) % 200 == 0:
        start_response("500 INTERNAL SERVER ERROR", [("Content-Length", "9")])
        return [b"accepted\\n"]
    return _serve(environ, start_response)


application.wsgi_app = _serve_with_faults
"""


def bench(repository: Repository, *arguments: str, code: int = 0) -> Result:
    """Runs the verb; the record of the run, which must be a new one."""
    before = repository.runs()
    said = repository.harness("bench", *SMALL, *arguments)
    assert said.code == code, said
    assert "Traceback" not in said.err
    (run,) = set(repository.runs()) - set(before)
    return repository.result(run)


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _within(elapsed_s: float, phase: Phase) -> bool:
    """Whether a look was taken within a phase for certain: it takes some time."""
    began, ended = phase.started_s, phase.started_s + phase.duration_s
    return began + LEAD_S < elapsed_s < ended - LOOK_S


def rungs(rung: Any) -> set[int]:
    """The different numbers on the rungs that are counted."""
    counts = rung.model_dump(include={"sent", "accepted", "kafka", "parquet", "presto"})
    return {number for number in counts.values() if number is not None}


@pytest.fixture(scope="module")
def folder(repository: Repository) -> Path:
    """The folder of one smoke run."""
    if not repository.standing():
        assert repository.harness("up").code == 0
    # What was there before a run is gone, whosever it is.
    put(repository, b"no JSON", FOREIGN)
    said = repository.harness("smoke")
    assert said.code == 0, said
    made = repository.results / "runs" / repository.runs()[-1]
    assert said.out.startswith(f"Run {made.name}: VALID\n")
    page = (made / "report.html").relative_to(repository.root)
    assert said.out.endswith(f"Report: {page}\nNext:   make open RUN={made.name}\n")
    return made


class TestSmoke:
    def test_record_is_whole(self, repository: Repository, folder: Path) -> None:
        # Reading it refuses what the models, and so the committed schema, do not have.
        result = repository.result(folder.name)
        assert result == repository.result("latest")
        assert (result.run_id, result.status, result.reasons) == (folder.name, "valid", ())
        assert [(phase.name, phase.status) for phase in result.phases] == [
            (name, "done")
            for name in ("provision", "load", "drain", "verify", "report", "teardown")
        ]
        assert sum(phase.duration_s for phase in result.phases) <= result.duration_s
        assert result.throughput is not None
        assert result.throughput.accepted_per_s > result.throughput.queryable_per_s > 0
        assert result.latency_ms.http is not None
        assert result.latency_ms.committed is not None
        assert result.latency_ms.committed.p50 >= 0
        assert result.drain_s is not None
        assert result.drain_s > 0
        assert all(check.status == "pass" for check in result.checks)
        assert len(result.checks) >= 10

    def test_nothing_of_the_environment_is_kept(self, repository: Repository, folder: Path) -> None:
        ((name, secret),) = PLANTED.items()
        assert secret in str(repository.environment())
        processes = [str(process.environ()) for process in repository.sessions()]
        assert len(processes) > 7
        assert not any(secret in text for text in processes)
        for place in (folder, repository.cluster / "logs"):
            kept = [path for path in place.rglob("*") if path.is_file()]
            assert any(path.suffix == ".log" for path in kept)
            for path in kept:
                assert secret.encode() not in path.read_bytes(), path
                assert name.encode() not in path.read_bytes(), path

    def test_what_was_withheld_is_named(self, repository: Repository, folder: Path) -> None:
        names = repository.result(folder.name).environment.withheld_variables
        assert {"_JAVA_OPTIONS", "SPARK_CONF_DIR", "CLASSPATH", "PYTHONPATH", "TZ"} <= {*names}
        line = f"Variables kept from the services: {', '.join(names)}."
        assert line in (folder / "report.md").read_text(encoding="utf-8").replace("\\", "")

    def test_costs_are_told(self, repository: Repository, folder: Path) -> None:
        result = repository.result(folder.name)
        assert result.cost is not None
        assert result.resources is not None
        services = {*result.resources.services}
        by_service = result.cost.cpu_s_per_1000_events_by_service
        assert by_service.keys() == {*services, "load_tool"}
        assert sum(by_service.values()) == pytest.approx(result.cost.cpu_s_per_1000_events)
        # An event is a JSON object of some hundred bytes.
        assert result.cost.kafka_bytes_per_event is not None
        assert 100 < result.cost.kafka_bytes_per_event < 1000
        assert result.cost.parquet_bytes_per_event is not None
        assert result.cost.parquet_bytes_per_event > 10
        # The others stood before.
        assert result.startup.keys() == {"web", "streaming"}
        for started in result.startup.values():
            assert 0 < started.ready_s < result.phases[0].duration_s
            assert started.cpu_s > 0
        for phase in result.phases:
            assert phase.cpu_s.keys() >= {*services, "harness"}
        load = result.phases[1].cpu_s
        assert load["load_tool"] > 0
        assert result.metrics == metrics.read_metrics(result)

    def test_files_are_whole(self, repository: Repository, folder: Path) -> None:
        names = {path.name for path in folder.iterdir()}
        assert names >= {
            "result.json",
            "processes.csv",
            "series.csv",
            "latency.csv",
            "config.toml",
            "environment.json",
            "benchmark.json",
            "report.html",
            "report.md",
            "analysis.html",
            "analysis.md",
            "logs",
            "load",
        }
        services = repository.state()
        assert services is not None
        logs = {path.stem for path in (folder / "logs").iterdir()}
        assert logs >= {*services.services, "supervisor"}
        assert 'profile = "smoke"' in (folder / "config.toml").read_text(encoding="utf-8")

    def test_every_rung_has_each_call_once(self, repository: Repository, folder: Path) -> None:
        counts = repository.result(folder.name).counts
        assert counts is not None
        assert rungs(counts) == {19}
        assert {name: rungs(rung) for name, rung in counts.by_type.items()} == {
            name: {number} for name, number in BY_TYPE.items()
        }
        assert {name: rungs(rung) for name, rung in counts.by_table.items()} == {
            name: {number} for name, number in BY_TABLE.items()
        }
        amiss = ("missing", "duplicate", "unexpected", "in_doubt", "refused", "dead_letter")
        assert {name: getattr(counts, name) for name in amiss} == dict.fromkeys(amiss, 0)

    def test_calls_are_those_of_the_plan(self, repository: Repository, folder: Path) -> None:
        load = repository.result(folder.name).load
        assert load is not None
        config = repository.config.load.model_copy(update={"requests_per_call": 1})
        assert [call.path for call in load.calls] == [
            call.path for call in load_plan.read_calls(config)
        ]
        assert (load.requests, load.succeeded, load.failed, load.non_2xx) == (19, 19, 0, 0)

    def test_answers(self, repository: Repository, folder: Path) -> None:
        answers = repository.result(folder.name).answers
        groups = [int(answer.query.partition("_")[0]) for answer in answers]
        assert {group: groups.count(group) for group in groups} == QUERIES
        by_type = next(answer for answer in answers if answer.query == "1_events_by_type")
        assert {*by_type.rows} == {(name, str(number)) for name, number in BY_TYPE.items()}
        assert all(answer.rows for answer in answers)

    def test_resources_are_those_of_every_service(
        self, repository: Repository, folder: Path
    ) -> None:
        result = repository.result(folder.name)
        resources, state = result.resources, repository.state()
        assert resources is not None
        assert state is not None
        assert resources.services.keys() == state.services.keys()
        for usage in resources.services.values():
            assert usage.cpu_s > 0
            assert usage.rss_peak_bytes > 2**20
            assert (usage.pss_peak_bytes or 0) > 2**20
        assert resources.total.pss_peak_bytes is not None
        assert resources.total.pss_peak_bytes <= 1.75 * 2**30
        assert result.budget.within is True

    def test_series_has_every_second_of_every_phase(
        self, repository: Repository, folder: Path
    ) -> None:
        result = repository.result(folder.name)
        rows = table(folder / "series.csv")
        times = [float(row["elapsed_s"]) for row in rows]
        assert all(0 < after - before < 2.5 for before, after in itertools.pairwise(times))
        assert result.sampling is not None
        # One at each moment, and those of the beginning and the end.
        assert len(rows) == int(times[-1]) + 2 - result.sampling.missed
        assert result.sampling.looks > len(rows)
        for phase in result.phases:
            moments = {row["phase"] for row in rows if _within(float(row["elapsed_s"]), phase)}
            assert moments <= {phase.name}
            shortest = LEAD_S + result.sampling.interval_s + LOOK_S
            assert moments or phase.duration_s < shortest + result.sampling.missed
        for service in result.resources.services if result.resources else ():
            used = [float(row[f"{service}_cpu_s"]) for row in rows]
            assert used == sorted(used)
            assert used[-1] > 0

    def test_series_ends_with_all_events_everywhere(self, folder: Path) -> None:
        rows = table(folder / "series.csv")
        last = rows[-1]
        assert [last[name] for name in ("accepted", "kafka_end", "committed_rows")] == ["19"] * 3
        assert last["lag"] == "0"
        assert int(last["batch_rows"]) > 0
        assert int(last["loopback_bytes"]) > 0
        assert last["web_pss_bytes"] != ""
        known = [row for row in rows if row["lag"]]
        assert all(int(row["lag"]) >= 0 for row in known)
        # What an earlier run has left is not this one's.
        assert {row["accepted"] for row in rows if row["phase"] == "provision"} <= {"", "0"}

    def test_latency_of_every_event(self, repository: Repository, folder: Path) -> None:
        latency = repository.result(folder.name).latency_ms
        assert latency.committed_by_table.keys() == BY_TABLE.keys()
        assert (latency.committed_unknown, latency.committed_negative) == (0, 0)
        curves = {(row["stage"], row["percentile"]): row for row in table(folder / "latency.csv")}
        assert {stage for stage, _ in curves} == {
            "http",
            "committed",
            *(f"committed_{name}" for name in BY_TABLE),
        }
        assert latency.committed is not None
        for percentile, value in (("50", latency.committed.p50), ("100", latency.committed.max)):
            point = float(curves["committed", percentile]["latency_ms"])
            assert point == pytest.approx(value, abs=0.001)

    def test_report_comes_from_the_record_alone(self, repository: Repository, folder: Path) -> None:
        pages = {path.name: path.read_bytes() for path in folder.glob("*.html")}
        pages |= {path.name: path.read_bytes() for path in folder.glob("*.md")}
        assert {*pages} == {f"{n}.{k}" for n in ("report", "analysis") for k in ("html", "md")}
        for name in pages:
            (folder / name).unlink()
        said = repository.harness("report", "--run", folder.name)
        assert said.code == 0, said
        assert pages == {name: (folder / name).read_bytes() for name in pages}
        for page in pages.values():
            assert folder.name in page.decode()
        assert folder.name in said.out
        assert repository.harness("report").out == said.out
        assert repository.harness("report", "--run", "nowhere").code == 2

    @pytest.mark.parametrize("setting", ["kafka.partitions=3", "budget.memory=2GB"])
    def test_engines_and_limits_of_another_kind_are_refused(
        self, repository: Repository, folder: Path, setting: str
    ) -> None:
        said = repository.harness("smoke", "--set", setting)
        assert said.code == 3, said
        assert f"[{setting.partition('.')[0]}]" in said.err
        assert "make down" in said.err


def test_answers_depend_on_the_seed_alone(standing: Repository) -> None:
    # The run starts it again, and no answer is another for it.
    standing.leader("streaming").kill()
    few = bench(standing, "--set", "seed=7", "--set", "load.concurrency=8")
    many = bench(standing, "--set", "seed=7", "--set", "load.concurrency=64")
    other = bench(standing, "--set", "seed=8")
    for result in (few, many, other):
        assert result.status == "valid"
        assert result.counts is not None
        assert result.load is not None
        assert result.counts.presto == result.counts.sent == result.load.requests
    assert few.answers == many.answers
    differing = {
        one.query for one, two in zip(many.answers, other.answers, strict=True) if one != two
    }
    # How often each call is made is the plan's; what the events hold is the seed's.
    assert {"2_coupon_rate", "3_orders_by_hour", "4_logins_by_hour", "8_top_raters"} <= differing
    assert not {"1_events_by_type", "6_conversion_by_menu", "7_ratings_by_stars"} & differing


def test_failing_answers_make_the_run_not_valid(standing: Repository) -> None:
    with standing.changed("app/wsgi.py", FAULTS):
        result = bench(standing, "--set", "load.fraction=0.1", code=5)
    assert result.status == "invalid"
    assert result.throughput is None
    assert result.load is not None
    assert result.load.failed == 0
    assert 2 <= result.load.non_2xx <= result.load.requests / 200
    assert any("not answered with 2xx" in reason for reason in result.reasons)
    assert result.counts is not None
    assert result.counts.accepted == result.load.requests - result.load.non_2xx
    assert result.counts.presto == result.counts.accepted
    assert (result.counts.missing, result.counts.unexpected) == (0, 0)
    # `report` shows it like any other.
    said = standing.harness("report")
    assert said.code == 0
    assert "not answered with 2xx" in said.out
    # And nothing is concluded from it.
    refused = standing.harness("compare", "latest~1", "latest")
    assert refused.code == 7, refused
    assert f"run {result.run_id} is not valid (invalid): of " in refused.err
    assert refused.out == ""


def test_busy_loops_beside_a_run_mark_it(standing: Repository) -> None:
    cores = sorted(os.sched_getaffinity(0))[:TARGET_CORES]
    loop = [sys.executable, "-c", "while True: pass"]
    with ExitStack() as beside:
        for core in cores:
            busy = beside.enter_context(subprocess.Popen(["taskset", "-c", str(core), *loop]))
            beside.callback(busy.kill)
        result = bench(standing, "--set", "marks.others_cpu_share=0.05", code=7)
    assert result.status == "valid"
    assert result.marks.keys() == {"disturbed"}
    assert result.throughput is not None
    assert result.resources is not None
    others = result.resources.others
    assert others is not None
    assert {*others.cores} <= os.sched_getaffinity(0)
    # Ours had what the loops left, and all of it is told apart.
    assert others.share > 0.2
    assert 0 < others.ours_s < others.busy_s
    counted = {entry.run_id for entry in history.read_entries(standing.results)}
    assert result.run_id not in counted
    asked = standing.harness("history", "--marked")
    assert asked.code == 0, asked
    assert result.run_id in asked.out
    assert "disturbed" in asked.out


def test_service_killed_in_the_middle_ends_the_run(standing: Repository) -> None:
    before = standing.runs()
    with standing.begin("bench") as run:
        run.wait_for(lambda: "\nload  " in run.said())
        run.wait_for(lambda: len(standing.ledger().accepted) > 1000)
        standing.leader("streaming").kill()
        assert run.wait() == 4, run.said()
        assert "The service streaming has died." in run.said()
        assert "Traceback" not in run.said()
    (name,) = set(standing.runs()) - set(before)
    result = standing.result(name)
    assert result.status == "error"
    assert result.throughput is None
    assert any("streaming has died" in reason for reason in result.reasons)
    assert [phase.status for phase in result.phases][-2:] == ["failed", "done"]
    # What was seen until then is kept.
    last = table(standing.results / "runs" / name / "series.csv")[-1]
    assert int(last["accepted"]) > 1000
    assert int(last["lag"]) == int(last["kafka_end"]) - int(last["committed_rows"])
    # The cluster was not the run's to end.
    assert standing.harness("status").code == 4


def test_logs(standing: Repository) -> None:
    state = standing.state()
    assert state is not None
    said = standing.harness("logs")
    assert said.code == 0, said
    for name in state.services:
        assert f"== {name}: " in said.out
    alone = standing.harness("logs", "--service", "supervisor")
    assert alone.code == 0, alone
    assert alone.out.count("== ") == 1
    wrong = standing.harness("logs", "--service", "sparkling")
    assert wrong.code == 2, wrong
    assert "streaming" in wrong.err


class TestSql:
    QUERY = "SELECT count(*) AS n, 'a b' AS text FROM menu_app_events WHERE uid = 'nobody'"
    ANSWER = '"0","a b"\n'

    def test_as_an_argument(self, standing: Repository) -> None:
        said = standing.harness("sql", self.QUERY)
        assert (said.code, said.out, said.err) == (0, self.ANSWER, "")

    def test_from_standard_input(self, standing: Repository) -> None:
        said = standing.harness("sql", text=self.QUERY + ";\n")
        assert (said.code, said.out, said.err) == (0, self.ANSWER, "")

    def test_from_make(self, standing: Repository) -> None:
        # A dollar is no variable of make, and a quote none of the shell's.
        said = standing.run(["make", "-s", "sql", "SQL=SELECT '$HOME $(pwd) `id`'"])
        assert (said.code, said.out) == (0, '"$HOME $(pwd) `id`"\n'), said

    def test_a_table_of_one_s_own_is_kept_until_it_is_dropped(self, standing: Repository) -> None:
        ours = {(name,) for name in TABLES}
        assert {*standing.select("SHOW TABLES")} == ours
        standing.select("CREATE TABLE own WITH (format = 'PARQUET') AS SELECT 7 AS n")
        assert standing.select("SELECT n FROM own") == [(7,)]
        standing.select("DROP TABLE own")
        assert {*standing.select("SHOW TABLES")} == ours

    def test_mistake_is_told(self, standing: Repository) -> None:
        said = standing.harness("sql", "SELECT nonsense FROM menu_app_events")
        assert said.code != 0
        assert said.out == ""
        assert "nonsense" in said.err


def test_configuration_that_does_not_hold_starts_nothing(repository: Repository) -> None:
    before = repository.state()
    for wrong in ("load.concurency=3", "app.port=none", "seed"):
        said = repository.harness("bench", "--set", wrong)
        assert said.code == 2, said
        assert "Traceback" not in said.err
    assert repository.state() == before
