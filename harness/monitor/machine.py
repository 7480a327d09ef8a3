"""The bytes that the whole machine has moved since its start."""

from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes of all disks and of the loopback interface, each counted once; None where unknown."""

    disk_read_bytes: int | None
    disk_written_bytes: int | None
    loopback_bytes: int | None


def read_traffic() -> Traffic:
    """Return the kernel's counters as they are now."""
    disks = psutil.disk_io_counters(nowrap=False)
    loopback = psutil.net_io_counters(pernic=True, nowrap=False).get("lo")
    return Traffic(
        disk_read_bytes=disks.read_bytes if disks else None,
        disk_written_bytes=disks.write_bytes if disks else None,
        loopback_bytes=loopback.bytes_sent if loopback else None,
    )
