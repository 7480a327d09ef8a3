"""Another address of this machine than that of loopback."""

import ipaddress
import socket

import psutil
import pytest


def other_address() -> str:
    """An IPv4 address that another host would come by; skips the test where there is none."""
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family is socket.AF_INET and not ipaddress.ip_address(one.address).is_loopback:
                return one.address
    pytest.skip("this machine has no address but that of loopback")
