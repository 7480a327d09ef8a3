"""The tables by service: where CPU time, memory and bytes went."""

from harness.record.models import Resources
from harness.report.pages import usage
from tests.unit.harness.record import example


def test_resources_by_service_with_the_harness_apart() -> None:
    table = usage.create_resources_section(example.resources()).tables[0]

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

    table = usage.create_resources_section(
        Resources(services={"web": unseen}, load_tool=None, harness=None, total=total)
    ).tables[0]

    assert table.rows == (
        ("web", "17.9", "43 %", "-", "-"),
        ("all of these", "41.6", "100 %", "-", "-"),
    )


def test_cost_by_service_and_in_bytes() -> None:
    by_service, sizes = usage.create_cost_section(example.result()).tables

    assert by_service.headers == ("", "CPU per 1,000 events, s")
    assert by_service.rows[:2] == (("web", "0.422"), ("streaming", "0.222"))
    assert by_service.rows[-2:] == (("load tool", "0.051"), ("all of these", "0.981"))
    assert sizes.rows == (("an event in Kafka", "249 bytes"), ("an event in Parquet", "56.3 bytes"))


def test_a_run_that_is_not_valid_has_no_cost() -> None:
    section = usage.create_cost_section(example.result(status="invalid"))

    assert section.tables == ()
    assert section.lines == ("Only the events of a valid run have one.",)


def test_startup_names_who_took_longest_first() -> None:
    table = usage.create_startup_section(example.result()).tables[0]

    assert table.headers == ("", "ready after, s", "CPU until all are ready, s")
    assert table.rows[0] == ("presto", "18.8", "12.0")
    assert table.rows[-1] == ("web", "1.1", "0.3")
    assert len(table.rows) == 7


def test_phases_with_what_each_service_worked_in_them() -> None:
    times, cpu = usage.create_phases_section(example.phases()).tables

    assert times.rows[1] == ("load", "23.9", "14.4", "done")
    names = ("provision", "load", "drain", "verify", "report", "teardown")
    assert cpu.headers == ("CPU, s", *names)
    assert cpu.rows[0] == ("presto", "12.0", "0.4", "5.9", "1.1", "4.2", "0.5")
    assert [row[0] for row in cpu.rows[-2:]] == ["load tool", "harness"]


def test_a_service_that_came_in_a_later_phase_used_nothing_before() -> None:
    first, second = example.phases()[:2]
    first = first.model_copy(update={"cpu_s": {"web": 1.0}})
    second = second.model_copy(update={"cpu_s": {"web": 1.0, "load_tool": 2.0}})

    table = usage.create_phases_section([first, second]).tables[1]

    assert table.rows == (("web", "1.0", "1.0"), ("load tool", "0.0", "2.0"))


def test_phases_of_which_nothing_is_known_but_their_times() -> None:
    phase = example.phases()[0].model_copy(update={"cpu_s": {}})

    section = usage.create_phases_section([phase])

    assert section.lines == ()
    (times,) = section.tables
    assert times.rows == (("provision", "0.0", "23.9", "done"),)
