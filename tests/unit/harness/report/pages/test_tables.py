"""The tables of a report say what the record says, and nothing of what it does not."""

import pytest

from harness.record.models import (
    Budget,
    Latency,
    Lateness,
    Outcomes,
    Percentiles,
    Resources,
    RunStatus,
)
from harness.report.pages import tables
from harness.report.render import answers
from harness.report.render.document import Section, Table
from tests.unit.harness.record import example
from tests.unit.harness.report import odd, reports


def rows(section: Section, table: int = 0) -> dict[str, tuple[str, ...]]:
    """The rows of a section's table by their first cell."""
    return {row[0]: row[1:] for row in section.tables[table].rows}


def value(section: Section, name: str) -> str:
    (found,) = rows(section)[name]
    return found


def all_tables() -> list[Table]:
    report = reports.of_run(example.result())
    return [table for section in report.sections for table in section.tables]


def test_every_table_is_rectangular() -> None:
    for table in all_tables():
        widths = {len(table.headers), len(table.align), *map(len, table.rows)}
        assert len(widths) == 1, table
        assert set(table.align) <= {"l", "r"}


def test_the_headline() -> None:
    headline = tables.create_headline_section(example.result())

    assert headline.lines == ()
    assert headline.tables[0].rows == (
        ("events per second", "2,674"),
        ("events per CPU-second", "1,020"),
        ("accepted", "2,948 events/s"),
        ("drain", "1.47 s"),
        ("HTTP answer", "20.1 ms at p50, 52.9 ms at p99"),
        ("committed", "812.0 ms at p50, 1,688 ms at p99"),
        ("CPU, mean", "1.52 of 2 vCPU (76 %)"),
        ("memory, peak", "1.59 GiB of 3.25 GiB (49 %)"),
    )


@pytest.mark.parametrize("status", ["invalid", "aborted", "error"])
def test_a_run_that_is_not_valid_shows_no_throughput(status: RunStatus) -> None:
    result = example.result(status=status)
    assert result.throughput is not None

    headline = tables.create_headline_section(result)

    assert headline.lines == ("A run that is not valid has no throughput.",)
    assert not {"accepted", "events per second", "events per CPU-second"} & rows(headline).keys()
    assert "events/s" not in str(reports.of_run(result))


def test_a_valid_run_of_somebody_else_s_load_has_none_to_show() -> None:
    headline = tables.create_headline_section(example.result(throughput=None, cost=None))

    for name in ("events per second", "events per CPU-second", "accepted"):
        assert value(headline, name) == "not measured"


def test_the_ladder_in_all_by_table_and_by_type() -> None:
    ladder = tables.create_ladder_section(example.counts()).tables[0]

    assert ladder.headers == ("", "", "sent", "accepted", "Kafka", "Parquet", "Presto")
    assert ladder.rows[:4] == (
        ("all", "", "42,452", "42,452", "42,452", "42,452", "42,452"),
        ("table", "menu_app_events", "37,726", "37,726", "-", "37,726", "37,726"),
        ("table", "menu_app_orders", "4,726", "4,726", "-", "4,726", "4,726"),
        ("type", "create_profile", "367", "367", "-", "367", "367"),
    )
    assert [row[1] for row in ladder.rows[3:]] == sorted(example.BY_TYPE)


def test_a_rung_apart_from_the_others() -> None:
    ladder = tables.create_ladder_section(example.counts(sent=None, presto=42449))

    assert rows(ladder)["all"] == ("", "-", "42,452", "42,452", "42,452", "42,449")


def test_kinds_of_events_are_numbers_apart() -> None:
    counts = example.counts(
        missing=1, duplicate=2, unexpected=3, in_doubt=4, refused=5, lost=6, dead_letter=7
    )

    kinds = rows(tables.create_ladder_section(counts), table=1)

    assert {name: number for name, (number, _, _) in kinds.items()} == {
        "missing": "1",
        "duplicate": "2",
        "unexpected": "3",
        "in doubt": "4",
        "refused": "5",
        "lost": "6",
        "dead letter": "7",
    }


def test_the_first_ids_are_named() -> None:
    ids = {"missing": ("login-000001", "login-000002"), "lost": ("login-000001",)}

    kinds = rows(tables.create_ladder_section(example.counts(missing=7, ids=ids)), table=1)

    assert kinds["missing"][2] == "login-000001, login-000002"
    assert kinds["duplicate"][2] == ""
    assert kinds["lost"][2] == "login-000001"


@pytest.mark.parametrize(
    ("within", "enforced_by", "expected"),
    [
        (True, "cgroup-v2", "Kept. The kernel enforced it (cgroup-v2)."),
        (False, "none", "Exceeded. The kernel did not enforce it: it was watched."),
        (
            None,
            "none",
            "Whether it was kept is not known. The kernel did not enforce it: it was watched.",
        ),
    ],
)
def test_whether_the_budget_was_kept(within: bool | None, enforced_by: str, expected: str) -> None:
    fields = {"within": within, "enforced_by": enforced_by}
    allowed = Budget.model_validate(example.result().budget.model_dump() | fields)

    assert tables.create_budget_section(allowed, None).lines == (expected,)


def test_the_budget_in_figures() -> None:
    measured = {
        "enforced_by": "cgroup-v2",
        "anonymous_peak_bytes": 3 * 2**29,
        "throttled_s": 0.25,
        "oom_kills": 3,
        "oom_kills_by_service": {"web": 1, "streaming": 2},
    }
    allowed = example.result().budget.model_copy(update=measured)

    assert tables.create_budget_section(allowed, example.resources()).tables[0].rows == (
        ("CPU, mean", "1.52 of 2 vCPU (76 %)"),
        ("memory charged, peak", "1.59 GiB of 3.25 GiB (49 %)"),
        ("of it anonymous, peak", "1.50 GiB"),
        ("throttled, over all cores", "0.25 s"),
        ("killed for memory", "3"),
        ("killed, of web", "1"),
        ("killed, of streaming", "2"),
    )


def test_the_cpu_of_others() -> None:
    line = tables.create_resources_section(example.resources()).lines[-1]

    assert line == (
        "Others used 2.2 % of the CPU time of the services' cores (0, 1): 45.9 s busy, less 44.7 s"
        " of services, load tool and harness. Of it 0.41 s stolen by the hypervisor, 0.52 s"
        " interrupts."
    )
    assert tables.describe_others(None) == "CPU that others used: not measured."


def test_the_load_in_all_and_by_call() -> None:
    section = tables.create_load_section(example.load())

    how, cpu = section.lines
    assert how == (
        "ab, closed loop, 64 connections with keep-alive; 42,452 requests in 14.4 s: "
        "42,452 succeeded, 0 failed, 0 answered without 2xx."
    )
    assert cpu == "ab used 15 % of one core while it sent."
    assert len(section.tables[0].rows) == 19
    assert rows(section)["/login0"] == ("8,291", "8,291", "0", "0", "2.81 s")


@pytest.mark.parametrize(
    ("late_share", "verdict"),
    [
        (0.01, "It kept its schedule: 1 % of the requests were begun"),
        (0.25, "It could not keep its schedule: 25 % of the requests were begun"),
    ],
)
def test_an_open_loop_by_how_requests_ended(late_share: float, verdict: str) -> None:
    begun = Percentiles(p50=0.4, p95=9.0, p99=12.0, max=2_000.0)
    counts = {"answered_2xx": 9, "answered_503": 2, "answered_other": 0, "refused": 3}
    open_loop = {
        "tool": "pycurl",
        "loop": "open",
        "rate_per_s": 1000.0,
        "calls": [call.model_copy(update={"duration_s": None}) for call in example.load().calls],
        "outcomes": Outcomes(**counts, reset=1, timed_out=4, unfinished=0, in_doubt=5),
        "lateness": Lateness(
            begun_ms=begun, bound_ms=10.0, late_share=late_share, generator_share=0.004
        ),
    }

    section = tables.create_load_section(example.load().model_copy(update=open_loop))

    how, late, since, cpu = section.lines
    assert how.startswith("pycurl, open loop at 1,000 requests/s, 64 connections with keep-alive;")
    assert late == (
        f"{verdict} more than 10 ms after they were due; 0.4 ms at p50, 12.0 ms at p99, "
        "2,000 ms at the most. Of all, 0.4 % were late by the load tool: a connection and their "
        "route were free for so long."
    )
    assert cpu == "pycurl used 15 % of one core while it sent."
    assert since == "Latencies count from when a request was due."
    assert rows(section) == {
        "answered 2xx": ("9",),
        "answered 503": ("2",),
        "answered other": ("0",),
        "refused": ("3",),
        "reset": ("1",),
        "timed out": ("4",),
        "unfinished": ("0",),
        "in doubt": ("5",),
    }
    assert {row[-1] for row in section.tables[1].rows} == {"-"}


def test_latency_of_one_kind_only() -> None:
    http = example.result().latency_ms.http

    section = tables.create_latency_section(Latency(http=http, committed=None))

    assert rows(section) == {
        "HTTP answer": ("20.1", "34.2", "52.9", "214.9"),
        "Kafka's stamp to the visible file": ("not measured", "-", "-", "-"),
    }
    assert section.lines[0].count("not measured") == 2


def test_latency_by_table_with_what_is_odd() -> None:
    section = tables.create_latency_section(example.result().latency_ms)

    assert rows(section)["… in menu_app_orders"] == ("790.0", "1,480", "1,660", "1,790")
    assert section.lines == (
        "Events that were visible at an unknown time: 0; before their stamp: 2.",
    )


def test_what_the_sampler_did() -> None:
    section = tables.create_sampling_section(example.result().sampling)

    assert section.tables[0].rows == (
        ("interval", "1.00 s"),
        ("samples", "67"),
        ("missed", "1"),
        ("CPU", "0.84 s"),
    )


def test_a_failed_check_catches_the_eye() -> None:
    (check,) = example.result().checks[:1]
    failed = check.model_copy(update={"status": "fail", "actual": "42,451"})
    skipped = check.model_copy(update={"status": "not_run"})

    table = tables.create_checks_section([check, failed, skipped]).tables[0]

    assert [row[0] for row in table.rows] == ["pass", "FAIL", "not judged"]
    assert table.rows[1][2:] == ("42,452", "42,451")


def test_what_a_run_that_ended_early_did_not_measure() -> None:
    result = odd.RECORDS["nothing"].result

    sections = {section.title: section for section in reports.of_run(result).sections}

    titles = "Count ladder,Resources,Start-up,Load,Latency,Sampling,Checks,Answers"
    for title in titles.split(","):
        assert sections[title].tables == ()
        assert sections[title].lines[0].endswith(": the run ended before.")
    shown = {shown for _, shown in sections["Headline"].tables[0].rows[:3]}
    assert shown == {"not measured"}


def test_answers_are_titled_by_their_query() -> None:
    titles = [answers.create_answer_table(answer).title for answer in example.answers()]

    assert titles[0] == "1. Events by type"
    assert titles[1] == "1. Events by type and description"
    assert titles[-1] == "8. Top raters"
    assert {title[0] for title in titles} == set("12345678")


def test_quantities_are_separated_and_names_are_not() -> None:
    answer = example.answer(
        "1_events_by_type_and_description",
        "event_type description events",
        [("post_review", "1000", 12345), ("post_rating", "5", -1234)],
    )

    table = answers.create_answer_table(answer)

    assert table.rows == (("post_review", "1000", "12,345"), ("post_rating", "5", "-1,234"))
    assert table.align == "lrr"


def test_values_that_are_no_whole_numbers() -> None:
    answer = example.answer(
        "2_x", "menu rate note", [("Thai", "0.252", None), (None, "1.0E-5", "x")]
    )

    table = answers.create_answer_table(answer)

    assert table.rows == (("Thai", "0.252", "NULL"), ("NULL", "1.0E-5", "x"))
    assert table.align == "lrl"


def test_an_answer_without_rows() -> None:
    table = answers.create_answer_table(example.answer("8_top_raters", "uid ratings", []))

    assert (table.headers, table.rows) == (("uid", "ratings"), ())


@pytest.mark.parametrize(
    ("commit", "dirty", "expected"),
    [
        ("abc", False, "abc"),
        ("abc", True, "abc, with changes"),
        ("abc", None, "abc, changes unknown"),
        (None, None, "unknown"),
    ],
)
def test_the_commit(commit: str | None, dirty: bool | None, expected: str) -> None:
    place = example.result().environment
    git = place.git.model_copy(update={"commit": commit, "dirty": dirty})

    section = tables.create_environment_section(place.model_copy(update={"git": git}))

    assert value(section, "commit") == expected
    assert value(section, "kafka") == "4.4.0"
    assert value(section, "memory") == "23.54 GiB"


def test_resources_by_service_with_the_harness_apart() -> None:
    table = tables.create_resources_section(example.resources()).tables[0]

    assert table.rows[0] == ("web", "17.9", "43 %", "95", "166")
    assert table.rows[-3:] == (
        ("load tool", "2.2", "5 %", "6", "9"),
        ("all of these", "41.6", "100 %", "1,623", "-"),
        ("harness", "3.1", "-", "122", "131"),
    )
    cpu = [float(row[1]) for row in table.rows[:7]]
    assert cpu == sorted(cpu, reverse=True)


def test_resources_that_nobody_could_measure() -> None:
    used = example.resources()
    unseen = used.services["web"].model_copy(update={"pss_peak_bytes": None, "rss_peak_bytes": 0})
    total = used.total.model_copy(update={"pss_peak_bytes": None})

    table = tables.create_resources_section(
        Resources(services={"web": unseen}, load_tool=None, harness=None, total=total)
    ).tables[0]

    assert table.rows == (
        ("web", "17.9", "43 %", "-", "-"),
        ("all of these", "41.6", "100 %", "-", "-"),
    )


def test_cost_by_service_and_in_bytes() -> None:
    by_service, sizes = tables.create_cost_section(example.result()).tables

    assert by_service.headers == ("", "CPU per 1,000 events, s")
    assert by_service.rows[:2] == (("web", "0.422"), ("streaming", "0.222"))
    assert by_service.rows[-2:] == (("load tool", "0.051"), ("all of these", "0.981"))
    assert sizes.rows == (("an event in Kafka", "249 bytes"), ("an event in Parquet", "56.3 bytes"))


def test_a_run_that_is_not_valid_has_no_cost() -> None:
    section = tables.create_cost_section(example.result(status="invalid"))

    assert section.tables == ()
    assert section.lines == ("Only the events of a valid run have one.",)


def test_startup_names_who_took_longest_first() -> None:
    table = tables.create_startup_section(example.result()).tables[0]

    assert table.headers == ("", "ready after, s", "CPU until all are ready, s")
    assert table.rows[0] == ("presto", "18.8", "12.0")
    assert table.rows[-1] == ("web", "1.1", "0.3")
    assert len(table.rows) == 7


def test_phases_with_what_each_service_worked_in_them() -> None:
    times, cpu = tables.create_phases_section(example.phases()).tables

    assert times.rows[1] == ("load", "23.9", "14.4", "done")
    names = ("provision", "load", "drain", "verify", "report", "teardown")
    assert cpu.headers == ("CPU, s", *names)
    assert cpu.rows[0] == ("presto", "12.0", "0.4", "5.9", "1.1", "4.2", "0.5")
    assert [row[0] for row in cpu.rows[-2:]] == ["load tool", "harness"]


def test_a_service_that_came_in_a_later_phase_used_nothing_before() -> None:
    first, second = example.phases()[:2]
    first = first.model_copy(update={"cpu_s": {"web": 1.0}})
    second = second.model_copy(update={"cpu_s": {"web": 1.0, "load_tool": 2.0}})

    table = tables.create_phases_section([first, second]).tables[1]

    assert table.rows == (("web", "1.0", "1.0"), ("load tool", "0.0", "2.0"))


def test_phases_of_which_nothing_is_known_but_their_times() -> None:
    phase = example.phases()[0].model_copy(update={"cpu_s": {}})

    section = tables.create_phases_section([phase])

    assert section.lines == ()
    (times,) = section.tables
    assert times.rows == (("provision", "0.0", "23.9", "done"),)
