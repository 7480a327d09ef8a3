"""Facts of the machine for environment.json, beyond those of the record; a missing one is None."""

import os
import platform
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import psutil

ROOT = Path("/")

Fact = str | float | Mapping[str, "Fact"] | Sequence["Fact"] | None

# The text of one small file each.
FILES = {
    "clock_source": "sys/devices/system/clocksource/clocksource0/current_clocksource",
    "cpu_governor": "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
    "cpu_frequency_max_khz": "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq",
    "cpu_boost": "sys/devices/system/cpu/cpufreq/boost",
    "cpu_no_turbo": "sys/devices/system/cpu/intel_pstate/no_turbo",
    "cpu_hyperthreading": "sys/devices/system/cpu/smt/active",
    "machine_vendor": "sys/class/dmi/id/sys_vendor",
    "machine_product": "sys/class/dmi/id/product_name",
    "memory_huge_pages": "sys/kernel/mm/transparent_hugepage/enabled",
    "memory_overcommit": "proc/sys/vm/overcommit_memory",
    "memory_swappiness": "proc/sys/vm/swappiness",
    "network_backlog": "proc/sys/net/core/somaxconn",
    "network_local_ports": "proc/sys/net/ipv4/ip_local_port_range",
    "network_reuse_time_wait": "proc/sys/net/ipv4/tcp_tw_reuse",
    "pid_max": "proc/sys/kernel/pid_max",
    "cgroup": "proc/self/cgroup",
    "cgroup_memory_max": "sys/fs/cgroup/memory.max",
    "cgroup_cpu_max": "sys/fs/cgroup/cpu.max",
}
LIMITS = {
    "open_files": resource.RLIMIT_NOFILE,
    "processes": resource.RLIMIT_NPROC,
    "address_space_bytes": resource.RLIMIT_AS,
    "locked_memory_bytes": resource.RLIMIT_MEMLOCK,
    "stack_bytes": resource.RLIMIT_STACK,
    "core_bytes": resource.RLIMIT_CORE,
}


def collect_facts(folder: Path) -> dict[str, Fact]:
    """Collect all facts by name; the file system is that of `folder`."""
    functions: dict[str, Callable[[], Fact]] = {
        # The mean number of runnable and waiting processes over 1, 5 and 15 minutes.
        "load_average": lambda: list(os.getloadavg()),
        # Since the machine's start; `steal` is what the hypervisor gave to others.
        "cpu_times_s": lambda: psutil.cpu_times()._asdict(),
        "processes": lambda: len(psutil.pids()),
        "uptime_s": lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        "virtualisation": detect_virtualisation,
        # Docker's and Podman's marks.
        "container": lambda: any(
            (ROOT / mark).exists() for mark in (".dockerenv", "run/.containerenv")
        ),
        "cpu_cores": lambda: {
            "logical": psutil.cpu_count(),
            "physical": psutil.cpu_count(logical=False),
        },
        "cpu_usable": lambda: sorted(os.sched_getaffinity(0)),
        # The mean of all cores.
        "cpu_mhz": lambda: psutil.cpu_freq().current,
        "cpu_mitigations": read_cpu_mitigations,
        "memory": read_memory,
        "swap": read_swap,
        "file_system": partial(read_file_system, folder),
        # Of processes that start here; -1 is no limit.
        "limits": lambda: {name: resource.getrlimit(limit)[0] for name, limit in LIMITS.items()},
        "operating_system": lambda: platform.freedesktop_os_release()["PRETTY_NAME"],
        "architecture": platform.machine,
        "c_library": lambda: " ".join(platform.libc_ver()),
        "time_zone": lambda: time.strftime("%Z"),
        "superuser": lambda: os.geteuid() == 0,
        **{name: partial(read_text, path) for name, path in FILES.items()},
    }
    return {name: _or_none(function) for name, function in functions.items()}


def _or_none(function: Callable[[], Fact]) -> Fact:
    try:
        return function()
    except (OSError, ValueError, LookupError, AttributeError, psutil.Error):
        return None


def read_text(path: str) -> str:
    """Return a small file's text."""
    return (ROOT / path).read_text("utf-8").strip()


def detect_virtualisation() -> Fact:
    """Return whether the processor reports a hypervisor; x86 only."""
    flags = [line for line in read_text("proc/cpuinfo").splitlines() if line.startswith("flags")]
    return "hypervisor" in flags[0].split()


def read_cpu_mitigations() -> Fact:
    """Return the kernel's mitigations of processor vulnerabilities, which cost CPU time."""
    folder = ROOT / "sys/devices/system/cpu/vulnerabilities"
    return {path.name: path.read_text("utf-8").strip() for path in sorted(folder.iterdir())}


def read_memory() -> Fact:
    """Return the machine's memory; `available_bytes` without swapping."""
    now = psutil.virtual_memory()
    return {"total_bytes": now.total, "available_bytes": now.available}


def read_swap() -> Fact:
    """Return the machine's swap."""
    now = psutil.swap_memory()
    return {"total_bytes": now.total, "used_bytes": now.used}


def read_file_system(folder: Path) -> Fact:
    """Describe the file system that `folder` is on."""
    parents = {str(parent) for parent in (folder.resolve(), *folder.resolve().parents)}
    mounts = [part for part in psutil.disk_partitions(all=True) if part.mountpoint in parents]
    nearest = max(mounts, key=lambda part: len(part.mountpoint))
    free = psutil.disk_usage(str(folder)).free
    return {"type": nearest.fstype, "options": nearest.opts, "free_bytes": free}
