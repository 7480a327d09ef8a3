"""The real stack, in a copy of the repository whose path has blanks and an accent in it.

The cluster, the runs and the results of whoever runs the tests are left alone. One cluster stands
for all tests that do not need one of their own; the first that wants it starts it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.repository import NAME, Repository, Whole

# A start, a run and a stop on a machine that is busy.
TIMEOUT_S = 400
# Fixtures for which no cluster may stand.
ENDING = frozenset({"alone", "whole"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives these tests the time they need, and puts those first that end the standing cluster."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))
    others = [item for item in items if item not in ours]
    items[:] = [*others, *sorted(ours, key=lambda item: ENDING.isdisjoint(fixtures(item)))]


def fixtures(item: pytest.Item) -> list[str]:
    """The fixtures of a test, by their names."""
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """The copy of the repository; its cluster ends with the tests, and leaves nothing."""
    copy = Repository(tmp_path_factory.mktemp("pipeline") / NAME)
    yield copy
    said = copy.harness("down")
    assert said.code == 0, said
    assert copy.left() == []


@pytest.fixture(scope="session")
def whole(repository: Repository) -> Whole:
    """The run of `make all`, on a cluster of its own, with the whole load."""
    if repository.state() is not None:
        assert repository.harness("down").code == 0
    said = repository.run("make all", wait_s=800)
    assert said.code == 0, said
    return Whole(said, repository.result(), repository.left())


@pytest.fixture
def alone(repository: Repository) -> Repository:
    """The copy, its cluster down."""
    if repository.state() is not None:
        said = repository.harness("down")
        assert said.code == 0, said
        assert repository.left() == []
    return repository


@pytest.fixture
def standing(repository: Repository) -> Repository:
    """The copy, its cluster up, as the test before has left it."""
    if not repository.standing():
        said = repository.harness("up")
        assert said.code == 0, said
    return repository


@pytest.fixture
def elsewhere(standing: Repository, tmp_path: Path) -> Iterator[Repository]:
    """Another copy of the repository, whose engines are those of the cluster that stands."""
    assert standing.standing()
    copy = Repository(tmp_path / "elsewhere")
    yield copy
    said = copy.harness("down")
    assert said.code == 0, said
