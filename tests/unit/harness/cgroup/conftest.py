"""A machine of plain files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.harness.cgroup import kernel


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """The root of a machine whose folders behave as cgroups."""
    with kernel.answering(tmp_path):
        yield tmp_path
