"""The faults: a new one is a line here."""

from contract.failpoints import FAILPOINTS
from harness.config.model import Config
from harness.errors import UsageError
from harness.faults.fault import Fault
from harness.faults.kinds import (
    ArmFailpoint,
    Fill,
    Forget,
    Freeze,
    FreezeAndKill,
    Kill,
    KillWorker,
    Nothing,
    Throttle,
    TurnClock,
)

QUEUED = {"app.publish": "queued", "deadlines.drain_s": 45.0}

FAULTS: tuple[Fault, ...] = (
    Nothing("none", "nothing"),
    Kill("streaming", "kill -9 of the streaming job, at any moment", ends="streaming"),
    *(
        ArmFailpoint(
            f"streaming-{hook}",
            f"kill -9 of the streaming job between {between}",
            ends="streaming",
            settings={"fault.hook": hook},
        )
        for hook, between in FAILPOINTS.items()
    ),
    Forget("checkpoint", "Spark's checkpoint deleted under the running job"),
    *(
        Kill(name, f"kill -9 of {words}", ends=name)
        for name, words in {
            "kafka": "Kafka",
            "namenode": "the NameNode",
            "datanode": "the DataNode",
            "metastore": "the metastore",
            "presto": "Presto",
        }.items()
    ),
    KillWorker("web-worker", "kill -9 of one web worker", ends="web"),
    Kill("web", "kill -9 of the whole web", ends="web"),
    Freeze("kafka-stopped", "SIGSTOP of Kafka for 20 s", lasts_s=20),
    *(
        Fill(
            f"{service}-full",
            f"no space left under {words} for 10 s",
            lasts_s=10,
            settings={"fault.tmpfs": service},
        )
        for service, words in {"kafka": "Kafka", "datanode": "the DataNode"}.items()
    ),
    Throttle("cpu", "a quarter of the CPU for 15 s", lasts_s=15),
    TurnClock(
        "clock",
        "the app's clock an hour ahead for 10 s",
        lasts_s=10,
        settings={"fault.clock": True},
    ),
    Kill("queued-kafka", "queued: kill -9 of Kafka", "kafka", settings=QUEUED, promised=False),
    Kill("queued-web", "queued: kill -9 of the whole web", "web", 0, QUEUED, promised=False),
    FreezeAndKill(
        "queued-both",
        "queued: SIGSTOP of Kafka for 2 s, then kill -9 of the whole web",
        "web",
        lasts_s=2,
        settings=QUEUED,
        promised=False,
    ),
)


def configured(config: Config, fault: Fault) -> Config:
    """Return the configuration of a run with this fault."""
    tree = config.model_dump()
    for key, value in {"fault.name": fault.name, **fault.settings}.items():
        section, _, leaf = key.partition(".")
        tree[section][leaf] = value
    return Config.model_validate(tree)


def find(name: str) -> Fault:
    """Return the fault of that name; raises UsageError where there is none."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise UsageError(
        f"There is no fault {name!r}.", do=f"use one of {', '.join(one.name for one in FAULTS)}"
    )
