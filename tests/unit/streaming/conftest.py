"""A file system as the job finds it at its first start."""

import pytest

from tests.unit.streaming.fakes import MemoryFileSystem


@pytest.fixture
def filesystem() -> MemoryFileSystem:
    return MemoryFileSystem()
