"""Records of runs that went wrong, or were small or large beyond the usual."""

from dataclasses import dataclass

from harness.record.models import Check, Latency, Result, Rung, Startup
from tests.unit.harness.record import example


@dataclass(frozen=True)
class Odd:
    """A record, how long its series is, and what its page must say."""

    result: Result
    words: str
    seconds: int = 40


def _missing() -> Result:
    presto = example.BY_TYPE["login"] - 1
    login = Rung(sent=14118, accepted=14118, kafka=None, parquet=14118, presto=presto)
    counts = example.counts(
        presto=42_451,
        missing=1,
        by_type={**example.counts().by_type, "login": login},
        ids={"missing": ("login0-001234",)},
    )
    check = Check(
        name="accepted events that are not in Presto",
        status="fail",
        expected="0",
        actual="1: login0-001234",
    )
    return example.result(
        status="invalid",
        reasons=("1 accepted event is not in Presto: login0-001234",),
        counts=counts,
        checks=(check,),
        throughput=None,
        cost=None,
    )


def _no_orders() -> Result:
    none = example.rung(0)
    counts = example.counts()
    return example.result(
        counts=counts.model_copy(
            update={
                "by_type": {**counts.by_type, "order_food": none},
                "by_table": {**counts.by_table, "menu_app_orders": none},
            }
        ),
        answers=(
            example.answer("2_coupon_rate", "orders coupon_orders coupon_rate", [(0, 0, None)]),
            example.answer("3_orders_by_hour", "hour orders", []),
        ),
    )


def _thirty_services() -> Result:
    names = [f"service-{number:02}" for number in range(30)]
    used = example.resources()
    usage = used.services["kafka"]
    cost = example.event_cost()
    return example.result(
        resources=used.model_copy(update={"services": dict.fromkeys(names, usage)}),
        startup={
            name: Startup(ready_s=0.5 + number, cpu_s=0.1) for number, name in enumerate(names)
        },
        cost=cost.model_copy(
            update={"cpu_s_per_1000_events_by_service": dict.fromkeys(names, 0.03)}
        ),
        phases=tuple(
            phase.model_copy(update={"cpu_s": dict.fromkeys(names, 1.5)})
            for phase in example.phases()
        ),
    )


def _hostile() -> Result:
    text = ("<script>alert('x')</script> & \x1b[31m\u202e 寿司 $x_1$ " * 250)[:10_240]
    differences = (f"row 1, description: expected 'x', found {text!r}",)
    answer = example.answer(
        "1_events_by_type_and_description", "event_type description events", [("r", text, 1)]
    )
    load = example.load()
    calls = (load.calls[0].model_copy(update={"path": f"/x?{text}", "requests": 9}), *load.calls)
    return example.result(
        status="invalid",
        reasons=(text, f"an event\n  {text}"),
        answers=(answer.model_copy(update={"differences": differences}),),
        load=load.model_copy(update={"calls": calls}),
        counts=example.counts(unexpected=1, ids={"unexpected": (text,)}),
        startup={text[:200]: Startup(ready_s=1.0, cpu_s=1.0)},
    )


def _nothing() -> Result:
    return example.result(
        status="error",
        reasons=("The service kafka has died.\n  why: exit code 1",),
        phases=(example.phases()[0].model_copy(update={"status": "failed"}),),
        load=None,
        counts=None,
        checks=(),
        throughput=None,
        latency_ms=Latency(http=None, committed=None),
        sampling=None,
        drain_s=None,
        resources=None,
        startup={},
        cost=None,
        answers=(),
    )


RECORDS = {
    "missing": Odd(_missing(), "-1 from Parquet to Presto"),
    "no-orders": Odd(_no_orders(), "menu_app_orders"),
    "one-second": Odd(example.result(), "fewer than two samples", seconds=1),
    "thirty-services": Odd(_thirty_services(), "service-29"),
    "hostile": Odd(_hostile(), "&lt;script&gt;alert"),
    "nothing": Odd(_nothing(), "The service kafka has died."),
}
