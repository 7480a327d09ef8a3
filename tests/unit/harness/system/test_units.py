from __future__ import annotations

from harness.system import units


def test_gib_has_two_decimals() -> None:
    assert units.format_gib(int(3.25 * units.GIB)) == "3.25 GiB"
