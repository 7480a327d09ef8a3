"""The list of faults."""

import pytest

from harness.cluster.services import registry as services
from harness.config import layers, model
from harness.errors import UsageError
from harness.faults import registry
from harness.faults.fault import Fault

CONFIG = layers.load_config("faults", environment={})


def test_names_are_told_apart() -> None:
    names = [fault.name for fault in registry.FAULTS]
    assert len(names) == len(set(names)) == len({fault.text for fault in registry.FAULTS})
    assert [registry.find(name).name for name in names] == names


@pytest.mark.parametrize("fault", registry.FAULTS, ids=lambda fault: fault.name)
def test_each_can_be_configured(fault: Fault) -> None:
    made = registry.configured(CONFIG, fault)
    assert made.fault.name == fault.name
    assert made.restart.limit == 8
    assert fault.ends in {None, *services.NAMES}
    # It is over before the load is, wherever in it it began.
    assert fault.lasts_s <= 20


def test_a_fault_sets_what_it_needs_and_nothing_else() -> None:
    made = registry.configured(CONFIG, registry.find("streaming-staged"))
    assert made.fault == model.FaultSettings(name="streaming-staged", hook="staged")
    assert made.model_copy(update={"fault": model.FaultSettings()}) == CONFIG
    assert registry.configured(CONFIG, registry.find("queued-web")).app.publish == "queued"


def test_unknown_one_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="There is no fault 'x'") as unknown:
        registry.find("x")
    assert "kafka, namenode" in unknown.value.do
