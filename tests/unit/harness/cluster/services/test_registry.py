from pathlib import Path

import pytest

from harness.cluster.backends.native import NativeBackend
from harness.cluster.services import registry
from harness.config.model import Config
from tests.unit.harness.cluster import fakes

CONFIG = Config(profile="bench")
KINDS = {kind.name: kind for kind in registry.KINDS}


def test_are_those_of_the_design() -> None:
    assert set(registry.NAMES) == {
        "kafka",
        "namenode",
        "datanode",
        "metastore",
        "presto",
        "streaming",
        "web",
    }
    assert len(registry.NAMES) == len(registry.KINDS)


def test_need_services_that_there_are() -> None:
    for kind in registry.KINDS:
        assert set(kind.needs) <= set(registry.NAMES) - {kind.name}


def test_are_made_in_one_place(tmp_path: Path) -> None:
    context = fakes.create_context(tmp_path, tmp_path / "cluster", CONFIG)
    made = NativeBackend(tmp_path, tmp_path / "cluster").create_services(context)
    assert tuple(service.name for service in made) == registry.NAMES
    assert {service.folder for service in made} == {
        tmp_path / "cluster" / name for name in registry.NAMES
    }


def test_ports_are_those_of_their_settings(tmp_path: Path) -> None:
    found: dict[str, int] = {}
    context = fakes.create_context(tmp_path, tmp_path, CONFIG)
    for kind in registry.KINDS:
        found |= kind(context).ports()
    settings = CONFIG.model_dump()
    assert found == {
        f"{section}.{key}": value
        for section, keys in settings.items()
        if isinstance(keys, dict)
        for key, value in keys.items()
        if key.endswith("port")
    }


class TestStopOrder:
    def test_nobody_is_stopped_before_those_who_need_it(self) -> None:
        waves = list(registry.stop_order(set(registry.NAMES)))
        number = {name: index for index, wave in enumerate(waves) for name in wave}
        assert number.keys() == set(registry.NAMES)
        for kind in registry.KINDS:
            assert all(number[kind.name] < number[need] for need in kind.needs)

    def test_is_of_those_that_are_named(self) -> None:
        assert list(registry.stop_order({"kafka"})) == [{"kafka"}]
        assert list(registry.stop_order({"kafka", "web"})) == [{"web"}, {"kafka"}]
        assert list(registry.stop_order(set())) == []

    def test_those_without_a_tie_go_together(self) -> None:
        first = next(registry.stop_order(set(registry.NAMES)))
        assert {"web", "streaming", "presto"} <= first


@pytest.mark.parametrize("name", ["streaming", "web"])
def test_who_writes_to_kafka_needs_it(name: str) -> None:
    assert "kafka" in KINDS[name].needs
