"""Who comes by another address of this machine than that of loopback, and what keeps them out."""

import ipaddress
import socket

import psutil
import pytest

from harness.system import machine
from harness.system.paths import ROOT


def other_address() -> str:
    """An IPv4 address that another host would come by; skips the test where there is none."""
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family is socket.AF_INET and not ipaddress.ip_address(one.address).is_loopback:
                return one.address
    pytest.skip("this machine has no address but that of loopback")


def require_kernel_calls() -> None:
    """Skips the test where the kernel refuses what closes a port to other hosts."""
    finding = machine.check_kernel_calls(ROOT)
    if finding.level is not machine.Level.FINE:
        pytest.skip(finding.text)
