"""The backend compose, as far as it goes without a Docker engine."""

import os
import shutil
from pathlib import Path

import pytest

from harness.cluster.backends.compose import backend, contained
from harness.cluster.backends.compose.backend import ComposeBackend
from harness.cluster.backends.compose.contained import Contained
from harness.cluster.backends.registry import find_backend
from harness.cluster.services import registry
from harness.config import layers
from harness.errors import Missing
from tests.unit.harness.cluster import fakes

CONFIG = layers.load_config("bench", ["backend=compose"], environment={})


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def test_is_the_backend_of_its_configuration(tmp_path: Path) -> None:
    found = find_backend(tmp_path, tmp_path / "cluster", CONFIG)
    assert isinstance(found, ComposeBackend)
    assert found.services == registry.NAMES


def test_without_an_engine_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Missing, match="no Docker engine") as caught:
        ComposeBackend(tmp_path, tmp_path / "cluster").open(CONFIG, owner=None)
    assert caught.value.exit_code == 3
    assert not (tmp_path / "cluster").exists()


def test_services_are_docker_compose_s_clients_and_asked_as_native_ones(tmp_path: Path) -> None:
    context = fakes.create_context(tmp_path, tmp_path / "cluster", CONFIG)
    made = ComposeBackend(tmp_path, tmp_path / "cluster").create_services(context)
    assert [service.name for service in made] == [*registry.NAMES]
    for service, kind in zip(made, registry.KINDS, strict=True):
        assert isinstance(service, Contained)
        assert service.ports() == kind(context).ports()
        assert service.needs == kind.needs
        assert service.grace_s > kind.grace_s
        command = service.command()
        assert [*command.arguments][:2] == ["docker", "compose"]
        assert command.arguments[-1] == service.name
        assert command.environment["CLUSTER_USER"] == f"{os.getuid()}:{os.getgid()}"


def test_the_cluster_s_own_file_builds_from_the_repository(tmp_path: Path) -> None:
    made = ComposeBackend(tmp_path / "a: $HOME # ü", tmp_path)
    made.write(CONFIG)
    text = (tmp_path / contained.FILE).read_text(encoding="utf-8")
    assert f'    context: "{tmp_path}/a: $$HOME # ü"\n' in text


def test_the_first_process_of_a_container_that_runs_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Docker prints an empty line for a container that is not there.
    printed = "\n/pipeline-benchmark-kafka 42\n/pipeline-benchmark-web 0\n"
    program(tmp_path / "bin", "docker", f"printf '{printed}'; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert backend.inspect(["kafka", "web", "presto"]) == {"kafka": 42}
