"""When a fault comes about, and when it is undone."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from harness.cluster.backends.native import NativeBackend
from harness.config import layers
from harness.config.model import Config
from harness.errors import UsageError
from harness.faults import registry
from harness.faults.fault import Fault, FaultContext
from harness.faults.injection import Injection
from harness.faults.outcome import check_came_about
from harness.record.models import ServiceRestart

CONFIG = layers.load_config("faults", environment={})


@dataclass(frozen=True)
class Told(Fault):
    """A fault that only says when."""

    said: list[str] = field(default_factory=list)

    def inject(self, context: FaultContext) -> None:
        self.said.append("in")

    def undo(self, context: FaultContext) -> None:
        self.said.append("out")


@pytest.fixture
def cluster(tmp_path: Path) -> NativeBackend:
    return NativeBackend(tmp_path, tmp_path)


def make(cluster: NativeBackend, fault: Fault, after_s: float = 0.0) -> Injection:
    return Injection(fault, FaultContext(cluster, CONFIG, Random(1)), after_s)


def test_comes_about_once_at_its_moment_and_is_undone_once(cluster: NativeBackend) -> None:
    fault = Told("one", "one", lasts_s=0.2)
    made = make(cluster, fault, after_s=0.2)
    began = time.monotonic()
    while time.monotonic() < began + 0.7:
        made.tick()
        time.sleep(0.01)
    made.end()
    assert fault.said == ["in", "out"]
    assert made.injected is not None
    assert made.undone is not None
    assert 0.2 <= made.injected - began < 0.35
    assert 0.2 <= made.undone - made.injected < 0.35


def test_is_undone_where_the_load_ends_before_its_time(cluster: NativeBackend) -> None:
    fault = Told("one", "one", lasts_s=60)
    with make(cluster, fault) as made:
        made.tick()
        made.tick()
        assert fault.said == ["in"]
    assert fault.said == ["in", "out"]


def test_what_did_not_come_about_is_not_undone(cluster: NativeBackend) -> None:
    fault = Told("one", "one")
    made = make(cluster, fault, after_s=60)
    made.tick()
    made.end()
    assert fault.said == []
    assert check_came_about(made.describe(), ()).status == "fail"


def test_ending_a_service_is_to_be_seen(cluster: NativeBackend) -> None:
    made = make(cluster, Told("one", "one", ends="kafka"))
    made.tick()
    web, kafka = (
        ServiceRestart(service=name, died_s=1.0, exit_code=-9, away_s=2.0)
        for name in ("web", "kafka")
    )
    assert check_came_about(made.describe(), ()).status == "fail"
    assert check_came_about(made.describe(), (web,)).status == "fail"
    assert check_came_about(made.describe(), (web, kafka)).status == "pass"


def test_moment_is_the_seed_s_and_within_the_load(cluster: NativeBackend) -> None:
    moments = set()
    for seed in range(50):
        asked = registry.configured(CONFIG, registry.find("kafka"))
        asked = asked.model_copy(update={"seed": seed})
        one, other = Injection.from_config(asked, cluster), Injection.from_config(asked, cluster)
        assert one is not None
        assert other is not None
        assert one.after_s == other.after_s
        moments.add(one.after_s)
    assert len(moments) == 50
    # 8,067 requests at 200 a second.
    assert 8 <= min(moments) < 9
    assert 13 < max(moments) <= 14.2


def test_most_runs_have_none(cluster: NativeBackend) -> None:
    assert Injection.from_config(layers.load_config("bench", environment={}), cluster) is None
    assert Injection.from_config(CONFIG, cluster) is None


def test_unknown_fault_is_refused(cluster: NativeBackend) -> None:
    fault = CONFIG.fault.model_copy(update={"name": "kafak"})
    asked: Config = CONFIG.model_copy(update={"fault": fault})
    with pytest.raises(UsageError, match="There is no fault 'kafak'"):
        Injection.from_config(asked, cluster)
