"""Listeners that no setting keeps to loopback: the kernel drops what comes to them from elsewhere.

A socket filter on the listener itself holds that, which whoever runs the service may set: no
firewall and no superuser is needed, and it goes with the socket.
"""

import ctypes
import ipaddress
import socket
import struct
from collections.abc import Iterable

import psutil

from harness.system import pidfd

_SO_ATTACH_FILTER = 26
# From linux/filter.h: load a word, and with a mask, jump where equal, return. Packets are counted
# from their TCP header, unless from this offset on, where the IP header begins.
_LOAD, _AND, _JUMP, _RETURN = 0x20, 0x54, 0x15, 0x06
_IP_HEADER = 0xFFF00000
_SOURCE = 12
# Keeps packets from 127.0.0.0/8 and no other, IPv6 included: its header has no such word there. The
# kernel itself takes none with such an address from a network.
_FROM_LOOPBACK = (
    (_LOAD, 0, 0, _IP_HEADER + _SOURCE),
    (_AND, 0, 0, 0xFF000000),
    (_JUMP, 0, 1, 0x7F000000),
    (_RETURN, 0, 0, 0xFFFFFFFF),
    (_RETURN, 0, 0, 0),
)


def close_to_other_hosts(processes: Iterable[psutil.Process]) -> list[str]:
    """Close the listeners of these processes to all but loopback, where they are open wider.

    Returns a line for each that stays open: an older kernel, or one that does not let this process
    reach into another.
    """
    failed = []
    for process in processes:
        for port, descriptor in find_open_listeners(process):
            try:
                _attach_filter(process.pid, descriptor)
            except OSError as error:
                failed.append(f"port {port} stays open to other hosts: {error.strerror}")
    return failed


def find_open_listeners(process: psutil.Process) -> list[tuple[int, int]]:
    """Return port and file descriptor of each TCP listener on more than loopback."""
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return []
    return [
        (one.laddr.port, one.fd)
        for one in connections
        if one.status == psutil.CONN_LISTEN and not ipaddress.ip_address(one.laddr.ip).is_loopback
    ]


def _attach_filter(pid: int, descriptor: int) -> None:
    """Attach the filter to a socket of another process; raises OSError where that fails."""
    with socket.socket(fileno=pidfd.duplicate_descriptor(pid, descriptor)) as listener:
        code = b"".join(struct.pack("HBBI", *step) for step in _FROM_LOOPBACK)
        held = ctypes.create_string_buffer(code)
        program = struct.pack("HL", len(_FROM_LOOPBACK), ctypes.addressof(held))
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
