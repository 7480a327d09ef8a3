"""A run's own names on engines of others: all of them or none, and what hinders them in words."""

import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from harness.cluster.backends.external import namespace
from harness.cluster.backends.external.addresses import create_addresses
from harness.cluster.backends.external.namespace import Namespace, Part
from harness.config import layers
from harness.errors import Missing, ServiceFailed
from harness.system.paths import ROOT
from tests.unit.harness.config.test_external import ENVIRONMENT


class Engine:
    """What is there, and which calls fail by whose name."""

    def __init__(self) -> None:
        self.there: list[str] = []
        self.failing: dict[str, str] = {}
        self.lacking: dict[str, Sequence[str]] = {}

    def part(self, name: str) -> Part:
        return Part(
            name,
            partial(self.exists, name),
            partial(self.make, name),
            partial(self.remove, name),
        )

    def exists(self, name: str) -> bool:
        self.fail("look", name)
        return name in self.there

    def make(self, name: str) -> Sequence[str]:
        self.fail("make", name)
        self.there.append(name)
        return self.lacking.get(name, [])

    def remove(self, name: str) -> None:
        self.fail("remove", name)
        if name in self.there:
            self.there.remove(name)

    def fail(self, verb: str, name: str) -> None:
        if f"{verb} {name}" in self.failing:
            raise ServiceFailed("It does not answer.", why=self.failing[f"{verb} {name}"])


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def names(engine: Engine) -> Namespace:
    """The names of a run, of which none is on a real engine."""
    asked = layers.load_config("bench", environment=ENVIRONMENT)
    made = Namespace(asked, create_addresses(asked, Path("ledger")), ROOT / "sql")
    made.topic, made.folder, made.schema = map(engine.part, ("topic", "folder", "schema"))
    return made


def test_are_made_and_removed(names: Namespace, engine: Engine) -> None:
    names.create()
    assert sorted(engine.there) == ["folder", "schema", "topic"]

    names.remove()
    assert engine.there == []
    names.remove()


def test_of_somebody_else_are_named_and_left_alone(names: Namespace, engine: Engine) -> None:
    engine.there = ["topic"]

    with pytest.raises(Missing, match=r"topic is there: choose another external\.prefix") as caught:
        names.create()

    assert caught.value.exit_code == 3
    assert engine.there == ["topic"]


def test_every_fault_is_named_and_nothing_stays(names: Namespace, engine: Engine) -> None:
    engine.failing = {"look topic": "wrong password", "make schema": "Access Denied"}
    engine.lacking = {"folder": ["no right to DELETE it"]}

    with pytest.raises(Missing) as caught:
        names.create()

    assert caught.value.why.split("\n       ") == [
        "topic: wrong password",
        "folder: no right to DELETE it",
        "schema: Access Denied",
    ]
    assert engine.there == []


def test_without_the_folder_the_schema_is_only_looked_at(names: Namespace, engine: Engine) -> None:
    engine.failing = {"make folder": "Permission denied", "look schema": "unknown authority"}
    engine.failing["look folder"] = "Permission denied"

    with pytest.raises(Missing) as caught:
        names.create()

    assert caught.value.why.split("\n       ") == [
        "folder: Permission denied",
        "schema: unknown authority",
    ]
    assert engine.there == []


def test_what_cannot_be_removed_again_is_named(names: Namespace, engine: Engine) -> None:
    engine.lacking = {"topic": ["no right to DELETE it"]}
    engine.failing = {"remove topic": "not authorized"}

    with pytest.raises(Missing, match="topic stays: not authorized"):
        names.create()
    assert engine.there == ["topic"]

    with pytest.raises(ServiceFailed, match="topic stays: not authorized"):
        names.remove()


def test_what_is_gone_though_its_removal_failed_is_no_fault(
    names: Namespace, engine: Engine
) -> None:
    engine.failing = {"remove schema": "the connection was lost"}
    engine.there = ["folder"]
    names.remove()
    assert engine.there == []

    engine.failing["look schema"] = "the connection was lost"
    with pytest.raises(ServiceFailed, match="schema stays: the connection was lost"):
        names.remove()


def test_nothing_stays_of_what_was_interrupted(
    names: Namespace, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(parts: Sequence[Part], made: list[Part]) -> list[str]:
        made += parts
        engine.there += [part.what for part in parts]
        raise KeyboardInterrupt

    monkeypatch.setattr(namespace, "create_parts", interrupted)
    with pytest.raises(KeyboardInterrupt):
        names.create()
    assert engine.there == []


class TestMaster:
    def test_of_this_machine_needs_no_looking(self) -> None:
        assert namespace.check_master("local[2]") == namespace.check_master("yarn") == []

    @pytest.mark.parametrize("scheme", ["spark", "k8s://https"])
    def test_elsewhere_is_connected_to(self, scheme: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as there:
            address = f"{scheme}://127.0.0.1:{there.getsockname()[1]}"
            assert namespace.check_master(address) == []
        (fault,) = namespace.check_master(address)
        assert fault.startswith(f"Spark's master {address}: ")
        assert "refused" in fault
