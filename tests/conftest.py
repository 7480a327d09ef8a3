"""The order of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

UNIT = Path(__file__).parent / "unit"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts those that take no time first, so that most mistakes show at once."""
    items.sort(key=lambda item: UNIT not in item.path.parents)
