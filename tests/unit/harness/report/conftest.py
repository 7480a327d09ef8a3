"""A run of the whole bench, as its record would be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.config import GIB
from harness.record.models import Answer, Counts, Result, Rung

Build = Callable[..., Result]
MIB = 2**20

SENT = {
    "create_profile": 367,
    "login": 14_118,
    "menu_search": 11_117,
    "new_user": 1_000,
    "order_food": 4_726,
    "post_rating": 8_700,
    "post_review": 2_424,
}
PHASES = {
    "provision": 24.13,
    "load": 14.993,
    "drain": 1.42,
    "verify": 3.871,
    "report": 4.06,
    "teardown": 2.213,
}
USED = {
    "namenode": (1.52, 155, 188),
    "datanode": (1.04, 115, 149),
    "metastore": (0.21, 164, 197),
    "presto": (6.13, 380, 421),
    "kafka": (2.87, 144, 176),
    "streaming": (9.34, 529, 583),
    "web": (17.62, 95, 142),
}
HOURS = {
    "login": [432, 401, 438, 420, 447, 419, 430, 2_140, 2_155, 4_268, 2_131, 437],
    "order_food": [141, 152, 139, 146, 137, 150, 143, 709, 721, 1_432, 714, 142],
}
MENUS = {
    "Lebanese": (3_457, 29, 8),
    "Mexican": (2_125, 104, 27),
    "Pizza": (5_249, 4_311, 1_081),
    "Thai": (286, 282, 66),
}


def rung(events: int) -> Rung:
    return Rung(sent=events, accepted=events, kafka=None, parquet=events, presto=events)


def whole_counts(**changes: Any) -> Counts:
    """All 42,452 events on every rung, but for the changes."""
    total = sum(SENT.values())
    counts = Counts(
        sent=total,
        accepted=total,
        kafka=total,
        parquet=total,
        presto=total,
        missing=0,
        duplicate=0,
        unexpected=0,
        in_doubt=0,
        refused=0,
        dead_letter=0,
        by_type={name: rung(events) for name, events in SENT.items()},
        by_table={
            "menu_app_events": rung(total - SENT["order_food"]),
            "menu_app_orders": rung(SENT["order_food"]),
        },
    )
    return counts.model_copy(update=changes)


def answer(query: str, columns: str, *rows: tuple[object, ...]) -> Answer:
    return Answer(
        query=query,
        columns=tuple(columns.split()),
        rows=tuple(tuple(None if cell is None else str(cell) for cell in row) for row in rows),
    )


def answers() -> tuple[Answer, ...]:
    hours = (*range(10, 22),)
    menus = sorted(MENUS)
    orders = {menu: MENUS[menu][1] for menu in menus}
    return (
        answer(
            "1_events_by_type",
            "event_type events",
            *sorted(SENT.items(), key=lambda item: -item[1]),
        ),
        answer(
            "1_events_by_type_and_description",
            "event_type description events",
            *(("menu_search", menu, MENUS[menu][0]) for menu in menus),
            ("post_rating", "4", 6_243),
            ("post_review", "Yuck-o-rama!!!", 1_326),
            ("post_review", "The food was amazing!", 1_098),
        ),
        answer("2_coupon_rate", "orders coupon_orders coupon_rate", (4_726, 1_182, 0.25)),
        answer(
            "3_orders_by_hour",
            "hour orders",
            *zip(hours, HOURS["order_food"], strict=True),
        ),
        answer(
            "3_orders_by_menu_and_hour",
            "menu hour orders",
            *((menu, hour, orders[menu] // 12 + 1) for menu in menus for hour in hours),
        ),
        answer("4_logins_by_hour", "hour logins", *zip(hours, HOURS["login"], strict=True)),
        answer("5_profiles_by_month", "month profiles", ("2019-01", 60), ("2019-02", 58)),
        answer(
            "6_conversion_by_menu",
            "menu searches orders conversion",
            *(
                (menu, MENUS[menu][0], orders[menu], f"{orders[menu] / MENUS[menu][0]:.3f}")
                for menu in menus
            ),
        ),
        answer("8_top_raters", "uid ratings", ("A00411", 22), ("A00087", 21)),
    )


def fields() -> dict[str, Any]:
    began, phases = 0.0, []
    for name, took in PHASES.items():
        phases.append({"name": name, "started_s": began, "duration_s": took, "status": "done"})
        began += took
    total = sum(SENT.values())
    return {
        "run_id": "20261124-021407-bench-3f9c",
        "status": "valid",
        "reasons": (),
        "profile": "bench",
        "backend": "native",
        "seed": 1,
        "started_utc": datetime(2026, 11, 24, 2, 14, 7, tzinfo=UTC),
        "duration_s": began,
        "phases": phases,
        "load": {
            "tool": "ab 2.3",
            "loop": "closed",
            "connections": 16,
            "keep_alive": True,
            "requests": total,
            "succeeded": total,
            "failed": 0,
            "non_2xx": 0,
            "duration_s": 14.993,
        },
        "counts": whole_counts(),
        "checks": [
            {"name": name, "status": "pass", "expected": number, "actual": number}
            for name, number in (
                ("requests that the app accepted", "42,452"),
                ("requests that failed", "0"),
                ("events in doubt", "0"),
                ("accepted events that are not in Presto", "0"),
                ("rows in the Parquet files, one a message of Kafka", "42,452"),
            )
        ],
        "throughput": {"accepted_per_s": 2831.45, "queryable_per_s": 2586.49},
        "latency_ms": {
            "http": {"p50": 4.83, "p95": 11.27, "p99": 18.31, "max": 241.6},
            "committed": {"p50": 611.7, "p95": 1102.0, "p99": 1204.3, "max": 1377.9},
        },
        "drain_s": 1.42,
        "resources": {
            "services": {
                name: {"cpu_s": cpu, "pss_peak_bytes": pss * MIB, "rss_peak_bytes": rss * MIB}
                for name, (cpu, pss, rss) in USED.items()
            },
            "load_tool": {"cpu_s": 2.94, "pss_peak_bytes": 6 * MIB, "rss_peak_bytes": 11 * MIB},
            "harness": {"cpu_s": 1.37, "pss_peak_bytes": 92 * MIB, "rss_peak_bytes": 108 * MIB},
            "total": {
                "cpu_s": 41.67,
                "cpu_cores_mean": 1.713,
                "pss_peak_bytes": int(1.58 * GIB),
            },
        },
        "budget": {
            "vcpu": 2.0,
            "memory_bytes": int(3.25 * GIB),
            "enforced_by": "cgroup-v2",
            "memory_peak_bytes": int(1.74 * GIB),
            "anonymous_peak_bytes": int(1.41 * GIB),
            "throttled_s": 0.38,
            "oom_kills": 0,
            "within": True,
        },
        "environment": {
            "host": {
                "fingerprint": "9b1d04c7aa52",
                "cpu_model": "AMD EPYC 7B13",
                "cores": 2,
                "memory_bytes": 16 * GIB,
                "kernel": "6.1.0-28-amd64",
            },
            "versions": {"python": "3.11.2", "kafka": "4.4.0", "presto": "0.287"},
            "git": {"commit": "5f0b31c9d2a84e6f7b1a0c3d5e7f9a1b3c5d7e9f", "dirty": False},
            "config_sha256": "ab" * 32,
        },
        "answers": answers(),
    }


@pytest.fixture
def build() -> Build:
    """A valid run of 42,452 events, with the fields that are given in place of its own."""
    return lambda **changes: Result.model_validate(fields() | changes)


@pytest.fixture
def counts() -> Callable[..., Counts]:
    """Its counts, with those that are given in place of its own."""
    return whole_counts
