"""Quantities have sensible digits."""

from __future__ import annotations

import pytest

from harness.report import quantity

GIB = 2**30


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (quantity.count(42452), "42,452"),
        (quantity.count(0), "0"),
        (quantity.rate(2947.6459), "2,948 events/s"),
        (quantity.rate(99.96), "100.0 events/s"),
        (quantity.rate(7.123), "7.1 events/s"),
        (quantity.seconds(58.214), "58.2 s"),
        (quantity.seconds(1.4713), "1.47 s"),
        (quantity.seconds(0), "0.00 s"),
        (quantity.tenths(1688.04), "1,688.0"),
        (quantity.gib(int(3.25 * GIB)), "3.25 GiB"),
        (quantity.mib(2 * GIB), "2,048"),
        (quantity.share(1.52, 2), "76 %"),
        (quantity.share(0, 0), "-"),
        (quantity.known(7, quantity.count), "7"),
        (quantity.known(0, quantity.count), "0"),
        (quantity.known(None, quantity.count), "not measured"),
        (quantity.known(None, quantity.count, "-"), "-"),
    ],
)
def test_a_quantity(shown: str, expected: str) -> None:
    assert shown == expected
