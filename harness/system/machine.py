"""What a machine must have for a run, and what to do where it has not.

It needs the standard library alone: `doctor` and the bootstrap ask before the environment exists,
and the command line asks for each verb that starts services.
"""

import contextlib
import errno
import locale
import os
import pwd
import resource
import shlex
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness.errors import Missing
from harness.system import pidfd
from harness.system.child_environment import FIXED

GIB = 2**30
MADE = (".cache", ".work", ".venv", "results")
"""The folders of the repository that are written to; the repository itself, where they are not."""
# A fresh set-up takes 2.4 GiB (environment 1.4, jars 1.0); a run a tenth of that.
SET_UP_BYTES = 3 * GIB
RUN_BYTES = GIB // 2
# A standing cluster has 1.7 GiB in use after 42,452 events, and the harness 0.3.
MEMORY_BYTES = 2 * GIB
# Linux's own soft limit; after 12,700 events, the largest service has 447 files open.
OPEN_FILES = 1024
# A standing cluster has 680 threads after 12,700 events; ab and the harness come on top.
THREADS = 1000
FIRST_YEAR = 2020
BUSY_SAMPLE_S = 0.1
BUSY_SHARE = 0.25
CONNECT_S = 2.0
WRITABLE = "clone the repository onto a file system that can be written to"
REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
UTF8 = FIXED["LC_ALL"]
PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")


class Level(StrEnum):
    """What a finding means; its text stands before that of the finding.

    A set-up brings what is missing, and refuses to begin where something is refused.
    """

    FINE = ""
    WARNED = "warning: "
    MISSING = "missing: "
    REFUSED = "refused: "


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for: what is there, and what to `do` where that does not serve."""

    name: str
    text: str
    level: Level = Level.FINE
    do: str = ""

    def __str__(self) -> str:
        """Return the text with what it means, and what to do."""
        return f"{self.level}{self.text}{self.do and f'; {self.do}'}"


def check(root: Path) -> list[Finding]:
    """Return a finding for each requirement, on the repository at `root`."""
    return [requirement(root) for requirement in REQUIREMENTS]


def ensure(root: Path) -> list[Finding]:
    """Return the warnings; raise one Missing that names all that is refused.

    Raises this process's own limit of open files where that suffices: its children inherit it.
    """
    raise_file_limit()
    findings = check(root)
    refused = [finding for finding in findings if finding.level is Level.REFUSED]
    if refused:
        raise Missing(
            "This machine lacks what a run needs.",
            why=_join(f"{finding.name}: {finding.text}" for finding in refused),
            do=_join(finding.do for finding in refused),
        )
    return [finding for finding in findings if finding.level is Level.WARNED]


def check_path(root: Path) -> Finding:
    """Check that class paths, search paths and logs can hold the name of the repository."""
    shown = str(root).encode(errors="backslashreplace").decode()
    do = "move the repository to a folder with another name"
    try:
        str(root).encode("utf-8")
    except UnicodeEncodeError:
        return Finding("path", f"{shown} is not UTF-8", Level.REFUSED, do)
    # Files for programs that read UTF-8 would name another folder.
    if os.fsencode(root) != str(root).encode():
        text = f"{shown} is read as {sys.getfilesystemencoding()}, as the locale has it"
        return Finding("path", text, Level.REFUSED, "export LC_ALL=C.UTF-8")
    for letter in shown:
        # A colon separates the folders of a search path and a comma those of Kafka and Spark, the
        # metastore takes an exclamation mark for a jar's end, HDFS gives its folders to a shell in
        # single quotes, setuptools fills in what is in braces, what is below 32 ends a line of a
        # log, and Java 17 finds no class below a letter from beyond the first 65,536.
        if letter in ":,!'{}" or not " " <= letter <= "\uffff":
            return Finding("path", f"{shown!r} has the letter {letter!r}", Level.REFUSED, do)
    if not shown.isascii() and not _has_locale(UTF8):
        text = f"{shown} has letters that Java reads only where there is a locale {UTF8}"
        return Finding("path", text, Level.REFUSED, f"install {UTF8}, or {do}")
    return Finding("path", shown)


def check_places(root: Path) -> Finding:
    """Check that the repository's folders can be written to, and what is in them."""
    if blocked := _list_blocked(root):
        names = " ".join(map(str, blocked))
        do = f"move away what is there: {names}"
        return Finding("folders", f"no folders: {names}", Level.REFUSED, do)
    places = [place for name in MADE if (place := root / name).exists()]
    refused: dict[Path, str] = {}
    for place in places if len(places) == len(MADE) else (root, *places):
        if failure := _try_writing(place):
            refused[place] = failure
        elif place != root:
            # As they are where another user, or the superuser, has run it here before.
            held = (
                one for one in place.iterdir() if not (one.is_symlink() or os.access(one, os.W_OK))
            )
            refused |= dict.fromkeys(held, os.strerror(errno.EACCES))
    user = _name_user(os.geteuid())
    if refused:
        listed = (f"{place} (of {_name_owner(place)}): {text}" for place, text in refused.items())
        return Finding(
            "folders",
            f"{user} may not write to {', '.join(listed)}",
            Level.REFUSED,
            WRITABLE
            if {*refused.values()} == {os.strerror(errno.EROFS)}
            else _advise(root, "their owner"),
        )
    return Finding("folders", f"{user} may write; the repository belongs to {_name_owner(root)}")


def check_executable(root: Path) -> Finding:
    """Check that programs can be executed from the repository, and that setpriv is there."""
    if os.statvfs(root).f_flag & os.ST_NOEXEC:
        do = "move the repository to another file system, or mount this one with `exec`"
        return Finding("programs", f"{root} is mounted noexec", Level.REFUSED, do)
    # The load tool is started with it: the kernel is to end it with the harness.
    if shutil.which("setpriv") is None:
        return Finding("programs", "there is no setpriv", Level.REFUSED, "install util-linux")
    return Finding("programs", "may be executed from the repository")


def check_temporary(_root: Path) -> Finding:
    """Check that there is a folder for temporary files."""
    try:
        return Finding("temporary files", tempfile.gettempdir())
    except FileNotFoundError as error:
        do = "set TMPDIR to a folder that can be written to"
        return Finding("temporary files", error.args[-1], Level.REFUSED, do)


def check_space(root: Path) -> Finding:
    """Check the free space of the repository: for a set-up where none was made, else for a run."""
    free = shutil.disk_usage(root).free
    is_set_up = (root / ".venv" / "stamp").exists() and (root / ".cache" / "jars").exists()
    needed = RUN_BYTES if is_set_up else SET_UP_BYTES
    text = f"{free / GIB:.1f} GiB free"
    if free < needed:
        text += f", and {needed / GIB:.1f} are needed"
        return Finding("disk", text, Level.REFUSED, f"make room on the file system of {root}")
    status = os.statvfs(root)
    # Some file systems have no fixed number of files, and report 0 of 0.
    if status.f_files and status.f_favail < OPEN_FILES:
        text += f", and {status.f_favail} inodes"
        return Finding("disk", text, Level.REFUSED, f"remove files from the file system of {root}")
    return Finding("disk", text)


def check_proc(_root: Path) -> Finding:
    """Check that the kernel tells of processes and of the machine."""
    try:
        for name in ("self/stat", "self/environ", "stat", "meminfo"):
            (PROC / name).read_bytes()
    except OSError as error:
        do = "mount /proc without `subset=pid`: mount -t proc proc /proc"
        return Finding("/proc", str(error), Level.REFUSED, do)
    return Finding("/proc", "readable")


def check_memory(_root: Path) -> Finding:
    """Check the free memory; what is short of it swaps, or is killed."""
    total, available = read_memory()
    limit = _read_limit("memory.max", "memory/memory.limit_in_bytes")
    total, available = min(total, limit), min(available, limit)
    text = f"{total / GIB:.1f} GiB, {available / GIB:.1f} GiB free"
    if available < MEMORY_BYTES:
        text += f", and the services take up to {MEMORY_BYTES / GIB:.1f}"
        return Finding("memory", text, Level.WARNED, "end other programs")
    return Finding("memory", text)


def check_open_files(_root: Path) -> Finding:
    """Check how many files a process may have open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        text = f"a process may have {hard} open, and needs up to {OPEN_FILES}"
        do = "raise the hard limit: `nofile` in /etc/security/limits.conf, or docker's --ulimit"
        return Finding("open files", text, Level.REFUSED, do)
    return Finding("open files", f"up to {_show_limit(hard)}")


def check_threads(_root: Path) -> Finding:
    """Check how many threads may run: by the user's limit, and that of the cgroup."""
    # The superuser is held by no limit of the user's.
    limit = resource.getrlimit(resource.RLIMIT_NPROC)[0] if os.geteuid() else -1
    most = min(limit if limit >= 0 else sys.maxsize, _read_limit("pids.max", "pids/pids.max"))
    if most < THREADS:
        text = f"up to {most} threads may run, and {THREADS} are needed"
        do = f"raise it: `ulimit -u {THREADS}`, or docker's --pids-limit"
        return Finding("threads", text, Level.REFUSED, do)
    return Finding("threads", f"up to {_show_limit(most)}")


def check_kernel_calls(_root: Path) -> Finding:
    """Check the calls that close a service's ports to other hosts; a run goes on without."""
    try:
        with tempfile.TemporaryFile() as file:
            os.close(pidfd.duplicate_descriptor(os.getpid(), file.fileno()))
    except OSError as error:
        text = f"pidfd_getfd is refused ({error.strerror}): some ports stay open to other hosts"
        do = "allow it in the container's seccomp profile, or use Linux 5.6 or later"
        return Finding("kernel calls", text, Level.WARNED, do)
    return Finding("kernel calls", "all are allowed")


def check_user(_root: Path) -> Finding:
    """Check that the user has a name: Hadoop's login fails without (UnixPrincipal, name null)."""
    uid = os.geteuid()
    try:
        return Finding("user", f"{pwd.getpwuid(uid).pw_name} (uid {uid})")
    except KeyError:
        do = f'echo "bench:x:{uid}:{os.getegid()}::/tmp:/bin/sh" >> /etc/passwd (as root)'
        return Finding("user", f"uid {uid} has no name, which HDFS needs", Level.REFUSED, do)


def check_loopback(_root: Path) -> Finding:
    """Check that a connection to 127.0.0.1 comes about; a new network namespace has it down."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=CONNECT_S).close()
    except OSError as error:
        text = f"127.0.0.1 does not answer: {error.strerror or error}"
        return Finding("loopback", text, Level.REFUSED, "ip link set lo up (as root)")
    return Finding("loopback", "127.0.0.1 answers")


def check_clock(_root: Path) -> Finding:
    """Check that the clock was set: ids of runs, certificates and Kafka's log go by it."""
    now = time.gmtime()
    text = time.strftime("%Y-%m-%d %H:%M:%S UTC", now)
    if now.tm_year < FIRST_YEAR:
        return Finding("clock", f"set to {text}", Level.REFUSED, "set it: `date -s`")
    return Finding("clock", text)


def check_load(_root: Path) -> Finding:
    """Check whether others are at work; a run judges that by what it has seen itself."""
    before = _read_busy_ticks()
    time.sleep(BUSY_SAMPLE_S)
    busy, ticks = (after - first for after, first in zip(_read_busy_ticks(), before, strict=True))
    share = busy / ticks if ticks else 0.0
    text = f"{100 * share:.0f} % of the CPU is in use"
    if share > BUSY_SHARE:
        do = "end other programs: runs beside them are slower"
        return Finding("other load", text, Level.WARNED, do)
    return Finding("other load", text)


REQUIREMENTS: tuple[Callable[[Path], Finding], ...] = (
    check_path,
    check_places,
    check_executable,
    check_temporary,
    check_space,
    check_proc,
    check_memory,
    check_open_files,
    check_threads,
    check_kernel_calls,
    check_user,
    check_loopback,
    check_clock,
    check_load,
)
"""All of them, the deepest first: whoever mends the first may have mended those after it."""


def explain_refusal(error: OSError, root: Path) -> tuple[str, str] | None:
    """Return why a file of the repository was refused, with whose it is, and what to do.

    Return None for another error, and for another file.
    """
    path = Path(os.fsdecode(error.filename or "/")).absolute()
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        blocked = next((one for one in _list_blocked(root) if path.is_relative_to(one)), None)
        if blocked is None:
            return None
        return f"{blocked} is no folder", f"move it away: mv {blocked} {blocked}.own"
    if error.errno == errno.EISDIR and path.is_relative_to(root):
        # Of a file that was to take a name, it is the name that is taken.
        place = Path(os.fsdecode(error.filename2 or path))
        return f"{place} is a folder", f"move it away: mv {place} {place}.own"
    if error.errno not in REFUSALS or not path.is_relative_to(root):
        return None
    why = f"{path}: {error.strerror}"
    if error.errno == errno.EROFS:
        return why, WRITABLE
    place, owner = _find_owner(path)
    user = _name_user(os.geteuid())
    if owner == user:
        return why, f"chmod u+rwX {place}"
    why = f"{why}; {'it' if place == path else place} belongs to {owner}, and this is {user}"
    return why, _advise(root, owner)


def raise_file_limit() -> None:
    """Raise the soft limit of open files to what a run needs, as far as the hard one lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < OPEN_FILES:
        needed = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def read_memory() -> tuple[int, int]:
    """Return the total and the free memory in bytes, from /proc/meminfo."""
    lines = (PROC / "meminfo").read_text(encoding="utf-8").splitlines()
    kib = {name: text.split()[0] for name, _, text in (line.partition(":") for line in lines)}
    return int(kib["MemTotal"]) * 1024, int(kib["MemAvailable"]) * 1024


def _read_busy_ticks() -> tuple[int, int]:
    """Return the ticks in which any CPU was busy, and all, since the boot (proc(5), stat)."""
    ticks = list(map(int, (PROC / "stat").read_text(encoding="utf-8").splitlines()[0].split()[1:9]))
    idle, waiting = ticks[3:5]
    return sum(ticks) - idle - waiting, sum(ticks)


def _read_limit(*names: str) -> int:
    """Return the limit of a container's own cgroup (v2, v1); the largest number where none is."""
    for name in names:
        with contextlib.suppress(OSError, ValueError):
            return int((CGROUPS / name).read_text(encoding="utf-8"))
    return sys.maxsize


def _try_writing(folder: Path) -> str:
    """Return why no file can be made in a folder; empty where it can. Nothing is left there."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _list_blocked(root: Path) -> list[Path]:
    """Return the places of the repository's folders where something else is, or a dangling link."""
    places = [root / name for name in MADE]
    return [place for place in places if os.path.lexists(place) and not place.is_dir()]


def _find_owner(path: Path) -> tuple[Path, str]:
    """Return the deepest of a path and the folders above it that can be seen, and its owner."""
    for place in (path, *path.parents):
        with contextlib.suppress(OSError):
            return place, _name_owner(place)
    return path, "nobody known"


def _advise(root: Path, owner: str) -> str:
    user = _name_user(os.geteuid())
    # By number: a user may have no name.
    give = f"sudo chown -R {os.geteuid()} {shlex.quote(str(root))}"
    return f"run it as {owner}, give the repository to {user} ({give}), or clone it anew"


def _has_locale(name: str) -> bool:
    kept = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, name)
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_CTYPE, kept)
    return True


def _name_owner(path: Path) -> str:
    return _name_user(path.stat().st_uid)


def _name_user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _show_limit(limit: int) -> str:
    return "any number" if limit in (resource.RLIM_INFINITY, sys.maxsize) else str(limit)


def _join(lines: Iterable[str]) -> str:
    """Return lines as HarnessError shows several of them."""
    return "\n       ".join(lines)
