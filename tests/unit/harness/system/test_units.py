"""Quantities have sensible digits."""

import pytest

from harness.system import units
from harness.system.units import GIB


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (units.format_count(42452), "42,452"),
        (units.format_count(0), "0"),
        (units.format_number(2947.6459), "2,948"),
        (units.format_number(99.96), "100.0"),
        (units.format_number(7.123), "7.1"),
        (units.format_seconds(58.214), "58.2 s"),
        (units.format_seconds(1.4713), "1.47 s"),
        (units.format_seconds(0), "0.00 s"),
        (units.format_tenths(168.84), "168.8"),
        (units.format_tenths(1688.04), "1,688"),
        (units.format_gib(int(3.25 * GIB)), "3.25 GiB"),
        (units.format_mib(2 * GIB), "2,048"),
        (units.format_share(1.52, 2), "76 %"),
        (units.format_share(0, 0), "-"),
        (units.format_optional(7, units.format_count), "7"),
        (units.format_optional(0, units.format_count), "0"),
        (units.format_optional(None, units.format_count), "not measured"),
        (units.format_optional(None, units.format_count, "-"), "-"),
    ],
)
def test_quantity_is_shown_with_sensible_digits(shown: str, expected: str) -> None:
    assert shown == expected
