"""The order of the tests, and their options."""

from pathlib import Path

import pytest

UNIT = Path(__file__).parent / "unit"


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the app is sent whatever comes to mind."""
    parser.addoption("--fuzz-s", type=float, default=8.0, help="Seconds of fuzzing the app.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts those that take no time first, so that most mistakes show at once."""
    items.sort(key=lambda item: UNIT not in item.path.parents)
