"""A bench's record, as a valid run of the 42,452 events gives it."""

from datetime import UTC, datetime
from typing import Any

from harness.record import cost, metrics
from harness.record.models import (
    Answer,
    Budget,
    Call,
    Check,
    Cost,
    Counts,
    Environment,
    Git,
    Host,
    Latency,
    Load,
    OthersCpu,
    Percentiles,
    Phase,
    PhaseName,
    Resources,
    Result,
    Rung,
    Sampling,
    Startup,
    Throughput,
    Total,
    Usage,
)
from harness.system.units import GIB

MIB = 2**20

CALLS = (
    ("/new_user", "new_user", 1000),
    ("/login", "login", 5827),
    ("/login0", "login", 8291),
    ("/create_profile", "create_profile", 367),
    ("/menu_search?menu=Mexican", "menu_search", 2125),
    ("/menu_search?menu=Lebanese", "menu_search", 3457),
    ("/menu_search?menu=Thai", "menu_search", 286),
    ("/menu_search?menu=Pizza", "menu_search", 5249),
    ("/order_food?menu=Mexican", "order_food", 104),
    ("/order_food?menu=Lebanese", "order_food", 29),
    ("/order_food?menu=Thai", "order_food", 282),
    ("/order_food?menu=Pizza", "order_food", 4311),
    ("/post_review?review=The+food+was+amazing!", "post_review", 1098),
    ("/post_review?review=Yuck-o-rama!!!", "post_review", 1326),
    ("/post_rating?stars=5", "post_rating", 98),
    ("/post_rating?stars=4", "post_rating", 6243),
    ("/post_rating?stars=3", "post_rating", 1021),
    ("/post_rating?stars=2", "post_rating", 12),
    ("/post_rating?stars=1", "post_rating", 1326),
)
BY_TYPE = {
    "create_profile": 367,
    "login": 14118,
    "menu_search": 11117,
    "new_user": 1000,
    "order_food": 4726,
    "post_rating": 8700,
    "post_review": 2424,
}
BY_TABLE = {"menu_app_events": 37726, "menu_app_orders": 4726}
EVENTS = 42452


def result(**changes: Any) -> Result:
    """The record, with some of its fields changed."""
    fields: dict[str, Any] = {
        "run_id": "20261124T020000Z-bench-1a2b3c",
        "status": "valid",
        "reasons": (),
        "profile": "bench",
        "backend": "native",
        "seed": 1,
        "started_utc": datetime(2026, 11, 24, 2, 0, 0, 123456, tzinfo=UTC),
        "duration_s": 58.214159,
        "phases": phases(),
        "load": load(),
        "counts": counts(),
        "checks": (
            Check(
                name="requests that the app accepted",
                status="pass",
                expected="42,452",
                actual="42,452",
            ),
            Check(name="events in doubt", status="pass", expected="0", actual="0"),
            Check(
                name="accepted events that are not in Presto",
                status="pass",
                expected="0",
                actual="0",
            ),
        ),
        "throughput": Throughput(accepted_per_s=2947.6459, queryable_per_s=2674.4786),
        "latency_ms": Latency(
            http=Percentiles(p50=20.114, p95=34.25, p99=52.871, max=214.9),
            committed=Percentiles(p50=812.0, p95=1490.0, p99=1688.0, max=1810.0),
            committed_by_table={
                "menu_app_events": Percentiles(p50=815.0, p95=1491.0, p99=1690.0, max=1810.0),
                "menu_app_orders": Percentiles(p50=790.0, p95=1480.0, p99=1660.0, max=1790.0),
            },
            committed_unknown=0,
            committed_negative=2,
        ),
        "drain_s": 1.4713,
        "resources": resources(),
        "budget": Budget(
            vcpu=2.0,
            memory_bytes=int(3.25 * GIB),
            enforced_by="none",
            memory_peak_bytes=1_702_350_848,
            anonymous_peak_bytes=None,
            throttled_s=None,
            oom_kills=None,
            within=True,
        ),
        "startup": startup(),
        "cost": event_cost(),
        "sampling": Sampling(interval_s=1.0, looks=67, missed=1, cpu_s=0.8413),
        "environment": Environment(
            host=Host(
                fingerprint="ecb3aef9b10b",
                cpu_model="AMD EPYC",
                cores=2,
                memory_bytes=25_276_514_304,
                kernel="6.18.44",
            ),
            versions={
                "java": "17.0.15+6-Debian-1deb12u1",
                "kafka": "4.4.0",
                "presto": "0.287",
                "python": "3.11.7",
            },
            git=Git(commit="0123456789abcdef0123456789abcdef01234567", dirty=False),
            config_sha256="7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069",
        ),
        "answers": answers(),
    }
    made = Result(**{**fields, **changes})
    return made.model_copy(update={"metrics": metrics.read_metrics(made)})


def phases() -> tuple[Phase, ...]:
    """All phases, and what each service worked in them."""
    services = ("kafka", "presto", "streaming", "web", "load_tool", "harness")
    worked: dict[PhaseName, tuple[float, ...]] = {
        "provision": (2.94, 11.99, 12.83, 0.33, 0.0, 0.72),
        "load": (2.43, 0.41, 8.22, 17.81, 2.18, 2.66),
        "drain": (0.18, 5.92, 1.19, 0.12, 0.0, 0.41),
        "verify": (0.05, 1.14, 0.03, 0.0, 0.0, 0.72),
        "report": (0.07, 4.15, 0.03, 0.0, 0.0, 0.15),
        "teardown": (0.15, 0.51, 0.07, 0.0, 0.0, 0.19),
    }
    times = ((0.01, 23.91), (23.93, 14.402), (38.34, 1.471), (39.82, 6.31), (46.14, 5.07))
    return tuple(
        Phase(
            name=name,
            started_s=started_s,
            duration_s=duration_s,
            status="done",
            cpu_s=dict(zip(services, cpu_s, strict=True)),
        )
        for (name, cpu_s), (started_s, duration_s) in zip(
            worked.items(), (*times, (51.22, 6.99)), strict=True
        )
    )


def startup() -> dict[str, Startup]:
    """How the services started."""
    return {
        "namenode": Startup(ready_s=5.46, cpu_s=3.59),
        "datanode": Startup(ready_s=2.49, cpu_s=1.91),
        "metastore": Startup(ready_s=7.32, cpu_s=5.93),
        "presto": Startup(ready_s=18.79, cpu_s=11.99),
        "kafka": Startup(ready_s=4.79, cpu_s=2.94),
        "streaming": Startup(ready_s=13.64, cpu_s=12.83),
        "web": Startup(ready_s=1.09, cpu_s=0.33),
    }


def event_cost() -> Cost:
    """What an event cost."""
    return cost.compute_cost(
        resources(), EVENTS, counts(), topic_bytes=10_574_458, parquet_bytes=2_389_027
    )


def load() -> Load:
    """What ab counted."""
    return Load(
        tool="ab",
        loop="closed",
        connections=64,
        keep_alive=True,
        requests=EVENTS,
        succeeded=EVENTS,
        failed=0,
        non_2xx=0,
        duration_s=14.402,
        calls=tuple(
            Call(
                path=path,
                event_type=event_type,
                requests=requests,
                complete=requests,
                failed=0,
                non_2xx=0,
                duration_s=requests / 2950,
            )
            for path, event_type, requests in CALLS
        ),
        cpu_share=2.18 / 14.402,
    )


def counts(**changes: Any) -> Counts:
    """A ladder on which every rung holds the same."""
    fields: dict[str, Any] = {
        **dict.fromkeys(("sent", "accepted", "kafka", "parquet", "presto"), EVENTS),
        **dict.fromkeys(("missing", "duplicate", "unexpected"), 0),
        **dict.fromkeys(("in_doubt", "refused", "lost", "dead_letter"), 0),
        "by_type": {name: rung(number) for name, number in BY_TYPE.items()},
        "by_table": {name: rung(number) for name, number in BY_TABLE.items()},
    }
    return Counts(**{**fields, **changes})


def rung(number: int) -> Rung:
    """A type or table that has the same number everywhere; Kafka does not know of it."""
    return Rung(sent=number, accepted=number, kafka=None, parquet=number, presto=number)


def resources() -> Resources:
    """What a bench used."""
    services = {
        "kafka": Usage(cpu_s=2.61, pss_peak_bytes=144 * MIB, rss_peak_bytes=171 * MIB),
        "namenode": Usage(cpu_s=1.52, pss_peak_bytes=155 * MIB, rss_peak_bytes=186 * MIB),
        "datanode": Usage(cpu_s=1.04, pss_peak_bytes=115 * MIB, rss_peak_bytes=147 * MIB),
        "metastore": Usage(cpu_s=0.61, pss_peak_bytes=164 * MIB, rss_peak_bytes=190 * MIB),
        "presto": Usage(cpu_s=6.33, pss_peak_bytes=380 * MIB, rss_peak_bytes=411 * MIB),
        "streaming": Usage(cpu_s=9.41, pss_peak_bytes=529 * MIB, rss_peak_bytes=588 * MIB),
        "web": Usage(cpu_s=17.93, pss_peak_bytes=95 * MIB, rss_peak_bytes=166 * MIB),
    }
    return Resources(
        services=services,
        load_tool=Usage(cpu_s=2.18, pss_peak_bytes=6 * MIB, rss_peak_bytes=9 * MIB),
        harness=Usage(cpu_s=3.07, pss_peak_bytes=122 * MIB, rss_peak_bytes=131 * MIB),
        total=Total(cpu_s=41.63, cpu_cores_mean=1.5239, pss_peak_bytes=1_702_350_848),
        others=OthersCpu(
            cores=(0, 1),
            duration_s=27.32,
            busy_s=45.90,
            interrupts_s=0.52,
            stolen_s=0.41,
            ours_s=44.70,
            cpu_s=1.20,
            share=1.20 / (2 * 27.32),
        ),
    )


def answers() -> tuple[Answer, ...]:
    """What Presto answers to the eight groups of queries."""
    hours = [*range(10, 18), 18, 19, 20, 21]
    menus = {"Lebanese": 29, "Mexican": 104, "Pizza": 4311, "Thai": 282}
    searches = {"Lebanese": 3457, "Mexican": 2125, "Pizza": 5249, "Thai": 286}
    coupons = {"Lebanese": 8, "Mexican": 22, "Pizza": 1092, "Thai": 71}
    return (
        answer(
            "1_events_by_type",
            "event_type events",
            sorted(BY_TYPE.items(), key=lambda item: -item[1]),
        ),
        answer(
            "1_events_by_type_and_description",
            "event_type description events",
            [
                *(("menu_search", menu, number) for menu, number in searches.items()),
                ("post_rating", "4", 6243),
                ("post_rating", "1", 1326),
                ("post_review", "Yuck-o-rama!!!", 1326),
                ("post_review", "The food was amazing!", 1098),
            ],
        ),
        answer("2_coupon_rate", "orders coupon_orders coupon_rate", [(4726, 1193, 0.252)]),
        answer(
            "2_coupon_rate_by_menu",
            "menu orders coupon_orders coupon_rate",
            [(m, n, coupons[m], round(coupons[m] / n, 3)) for m, n in menus.items()],
        ),
        answer(
            "2_orders_by_menu_and_coupon",
            "menu coupon orders",
            [
                (menu, coupon, coupons[menu] if coupon == "Yes" else number - coupons[menu])
                for menu, number in menus.items()
                for coupon in ("No", "Yes")
            ],
        ),
        answer("3_orders_by_hour", "hour orders", [(hour, 4726 // 12) for hour in hours]),
        answer(
            "3_orders_by_menu_and_hour",
            "menu hour orders",
            [(menu, hour, number // 12) for menu, number in menus.items() for hour in hours],
        ),
        answer("4_logins_by_hour", "hour logins", [(hour, 14118 // 12) for hour in hours]),
        answer(
            "5_profiles_by_month",
            "month profiles",
            [(f"2019-0{month}", 61 + month % 2) for month in range(1, 7)],
        ),
        answer(
            "6_conversion_by_menu",
            "menu searches orders conversion",
            [(m, searches[m], n, round(n / searches[m], 3)) for m, n in menus.items()],
        ),
        answer(
            "7_ratings_by_stars",
            "stars ratings",
            [("1", 1326), ("2", 12), ("3", 1021), ("4", 6243), ("5", 98)],
        ),
        answer(
            "8_top_raters",
            "uid ratings",
            [(f"A00{number}", 21 - place) for place, number in enumerate((417, 812, 102, 55, 990))],
        ),
    )


def answer(query: str, columns: str, rows: Any) -> Answer:
    """One answer, its values as text."""
    return Answer(
        query=query,
        columns=tuple(columns.split()),
        rows=tuple(tuple(None if v is None else str(v) for v in row) for row in rows),
    )
