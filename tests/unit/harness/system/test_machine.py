"""What a machine lacks, on a real file system, in namespaces and under limits of a child."""

import errno
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harness.errors import Missing
from harness.system import machine
from harness.system.machine import Finding, Level
from harness.system.paths import ROOT
from tests.unit.harness import seccomp

NOBODY = 65534
# The checks are imported before the process gives up what it may.
CHILD = """
import os, sys
from pathlib import Path
from harness.system import machine
{before}
finding = machine.{check}(Path(sys.argv[1]))
print(finding.level.name, finding.text, finding.do, sep="|")
"""

REFUSED = """
import os, sys
from pathlib import Path
from harness.system import machine
{before}
root = Path(sys.argv[1])
try:
    (root / ".work" / "lock").read_text()
except OSError as error:
    print(*machine.explain_refusal(error, root), sep="|")
"""


def ask_child(check: str, root: Path, *within: str, before: str = "") -> list[str]:
    """Return level, text and advice of a check in a process of its own."""
    code = CHILD.format(check=check, before=before)
    command = [*within, sys.executable, "-c", code, str(root)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if (
        within
        and ended.returncode
        and not ended.stdout
        and "Operation not permitted" in ended.stderr
    ):
        pytest.skip(f"{within[0]} is not permitted here")
    assert ended.stderr == ""
    return ended.stdout.strip().split("|")


@pytest.fixture
def as_nobody() -> str:
    if os.geteuid():
        pytest.skip("only the superuser becomes another user")
    return f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})"


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder of this user that others may enter: pytest's own are for this user alone."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def raise_error(number: int) -> Callable[..., Any]:
    def fail(*_: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_every_requirement_is_met_here(tmp_path: Path) -> None:
    findings = machine.check(tmp_path)
    assert [finding for finding in findings if finding.level is Level.REFUSED] == []
    names = [finding.name for finding in findings]
    assert len(set(names)) == len(names) == len(machine.REQUIREMENTS)
    assert list(tmp_path.iterdir()) == []


class TestEnsure:
    def test_one_error_names_all_that_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        findings = (
            Finding("disk", "0.1 GiB free", Level.REFUSED, "make room"),
            Finding("memory", "little", Level.WARNED, "end others"),
            Finding("loopback", "no answer", Level.REFUSED, "ip link set lo up"),
        )
        checks = (lambda _: findings[0], lambda _: findings[1], lambda _: findings[2])
        monkeypatch.setattr(machine, "REQUIREMENTS", checks)
        with pytest.raises(Missing) as caught:
            machine.ensure(tmp_path)
        assert str(caught.value) == (
            "This machine lacks what a run needs.\n"
            "  why: disk: 0.1 GiB free\n"
            "       loopback: no answer\n"
            "  do:  make room\n"
            "       ip link set lo up"
        )

    def test_warnings_are_returned(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        warned = Finding("memory", "little", Level.WARNED, "end others")
        checks = (lambda _root: warned, lambda _root: Finding("disk", "much"))
        monkeypatch.setattr(machine, "REQUIREMENTS", checks)
        assert machine.ensure(tmp_path) == [warned]
        assert str(warned) == "warning: little; end others"


class TestPath:
    @pytest.mark.parametrize(
        "name",
        [
            "/home/a:b",
            "/home/a\nb",
            "/home/b\udce4nch",
            "/home/a,b",
            "/home/a!",
            "/home/it's",
            "/home/{b}",
            "/home/😀",
        ],
    )
    def test_what_no_search_path_holds_is_refused(self, name: str) -> None:
        assert machine.check_path(Path(name)).level is Level.REFUSED

    @pytest.mark.parametrize("name", ["/home/a b", '/home/bänch #1 100% $HOME "y";&(z)'])
    def test_any_other_name_is_fine(self, name: str) -> None:
        assert machine.check_path(Path(name)).level is Level.FINE

    def test_name_needs_a_locale_to_be_read_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(machine, "UTF8", "xx_XX.UTF-8")
        assert machine.check_path(Path("/home/bench")).level is Level.FINE
        assert machine.check_path(Path("/home/bänch")).level is Level.REFUSED

    def test_name_in_another_encoding_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "fsencode", lambda path: str(path).encode("latin-1"))
        assert machine.check_path(Path("/home/bench")).level is Level.FINE
        found = machine.check_path(Path("/home/bänch"))
        assert (found.level, found.do) == (Level.REFUSED, "export LC_ALL=C.UTF-8")


class TestPlaces:
    def test_checkout_of_another_user_is_named_with_its_owner(
        self, public: Path, as_nobody: str
    ) -> None:
        level, text, do = ask_child("check_places", public, before=as_nobody)
        assert level == "REFUSED"
        assert text.endswith(f"may not write to {public} (of root): Permission denied")
        assert "chown -R" in do

    def test_file_that_the_superuser_left_is_named(self, public: Path, as_nobody: str) -> None:
        for name in machine.MADE:
            (public / name).mkdir()
            os.chown(public / name, NOBODY, NOBODY)
        lock = public / ".work" / "lock"
        lock.touch()
        level, text, _ = ask_child("check_places", public, before=as_nobody)
        # The folder of the repository itself need not be written to.
        assert level == "REFUSED"
        assert text.endswith(f" may not write to {lock} (of root): Permission denied")

    def test_refusal_names_the_owner_and_what_to_do(self, public: Path, as_nobody: str) -> None:
        work = public / ".work"
        work.mkdir(mode=0o700)
        (work / "lock").touch()
        code = REFUSED.format(before=as_nobody)
        command = [sys.executable, "-c", code, str(public)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        why, do = ended.stdout.strip().split("|")
        assert why.startswith(f"{work / 'lock'}: Permission denied; {work} belongs to root, and")
        assert re.search(rf"sudo chown -R \d+ {public}\)", do)

    @pytest.mark.parametrize(
        ("number", "do"), [(errno.EACCES, "chmod u+rwX "), (errno.EROFS, "clone the repository")]
    )
    def test_refusal_of_a_file_of_ones_own(self, number: int, do: str, tmp_path: Path) -> None:
        error = OSError(number, os.strerror(number), str(tmp_path / "results" / "x"))
        explained = machine.explain_refusal(error, tmp_path)
        assert explained is not None
        assert explained[1].startswith(do)

    def test_refusal_of_another_file_is_not_explained(self, tmp_path: Path) -> None:
        for error in (PermissionError(errno.EACCES, "no", "/sys/x"), PermissionError(), OSError()):
            assert machine.explain_refusal(error, tmp_path) is None

    @pytest.mark.parametrize("is_link", [False, True])
    @pytest.mark.parametrize("name", machine.MADE)
    def test_what_is_no_folder_is_to_be_moved(
        self, name: str, is_link: bool, tmp_path: Path
    ) -> None:
        place = tmp_path / name
        if is_link:
            place.symlink_to("nowhere")
        else:
            place.touch()
        assert machine.check_places(tmp_path).level is Level.REFUSED
        with pytest.raises(OSError, match=r"File exists|Not a directory") as caught:
            (place / "x").mkdir(parents=True)
        explained = machine.explain_refusal(caught.value, tmp_path)
        assert explained == (f"{place} is no folder", f"move it away: mv {place} {place}.own")

    def test_folder_in_the_place_of_a_file_is_to_be_moved(self, tmp_path: Path) -> None:
        place, written = tmp_path / "index.html", tmp_path / ".index.html.partial"
        place.mkdir()
        written.touch()
        for attempt in (place.read_text, lambda: written.replace(place)):
            with pytest.raises(IsADirectoryError) as caught:
                attempt()
            explained = machine.explain_refusal(caught.value, tmp_path)
            assert explained == (f"{place} is a folder", f"move it away: mv {place} {place}.own")

    def test_link_that_points_nowhere_is_no_matter(self, tmp_path: Path) -> None:
        (tmp_path / "results").mkdir()
        (tmp_path / "results" / "latest").symlink_to("runs/gone")
        assert machine.check_places(tmp_path).level is Level.FINE

    def test_read_only_file_system(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.TemporaryFile", raise_error(errno.EROFS))
        finding = machine.check_places(tmp_path)
        assert finding.level is Level.REFUSED
        assert "Read-only file system" in finding.text


class Usage(NamedTuple):
    free: int


class Status(NamedTuple):
    f_flag: int = 0
    f_files: int = 0
    f_favail: int = 0
    f_bavail: int = 10 * machine.GIB
    f_blocks: int = 10 * machine.GIB
    f_bfree: int = 10 * machine.GIB
    f_frsize: int = 1


class TestSpace:
    @pytest.mark.parametrize(
        ("free_gib", "is_set_up", "level"),
        [
            (2.9, False, Level.REFUSED),
            (3.1, False, Level.FINE),
            (0.6, True, Level.FINE),
            (0.4, True, Level.REFUSED),
        ],
    )
    def test_set_up_takes_more_than_a_run(
        self,
        free_gib: float,
        is_set_up: bool,
        level: Level,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        if is_set_up:
            (tmp_path / ".venv").mkdir()
            (tmp_path / ".venv" / "stamp").touch()
            (tmp_path / ".cache" / "jars").mkdir(parents=True)
        free = int(free_gib * machine.GIB)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free))
        assert machine.check_space(tmp_path).level is level

    @pytest.mark.parametrize(
        ("files", "free", "level"), [(1000, 10, Level.REFUSED), (0, 0, Level.FINE)]
    )
    def test_no_inodes(
        self,
        files: int,
        free: int,
        level: Level,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(os, "statvfs", lambda _: Status(0, files, free))
        assert machine.check_space(tmp_path).level is level


def test_noexec_mount_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: Status(f_flag=os.ST_NOEXEC))
    assert machine.check_executable(tmp_path).level is Level.REFUSED


def test_system_without_setpriv_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = machine.check_executable(tmp_path)
    assert (finding.level, finding.do) == (Level.REFUSED, "install util-linux")


def test_no_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.gettempdir", fail)
    finding = machine.check_temporary(tmp_path)
    assert str(finding) == (
        "refused: No usable temporary directory found in ['/tmp'];"
        " set TMPDIR to a folder that can be written to"
    )


def test_proc_without_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PROC", tmp_path)
    assert machine.check_proc(tmp_path).level is Level.REFUSED


@pytest.mark.parametrize(
    ("available_kib", "limit", "text"),
    [
        (3 << 20, "max", "4.0 GiB, 3.0 GiB free"),
        (1536 << 10, "max", "4.0 GiB, 1.5 GiB free, and the services take up to 2.0"),
        (3 << 20, str(1 << 30), "1.0 GiB, 1.0 GiB free, and the services take up to 2.0"),
    ],
)
def test_memory_is_that_of_the_machine_or_of_the_container(
    available_kib: int,
    limit: str,
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meminfo = f"MemTotal: {4 << 20} kB\nMemAvailable: {available_kib} kB\nHugePages_Total: 0\n"
    (tmp_path / "meminfo").write_text(meminfo, encoding="utf-8")
    (tmp_path / "memory.max").write_text(f"{limit}\n", encoding="utf-8")
    monkeypatch.setattr(machine, "PROC", tmp_path)
    monkeypatch.setattr(machine, "CGROUPS", tmp_path)
    finding = machine.check_memory(tmp_path)
    assert finding.text == text
    assert finding.level is (Level.WARNED if "take" in text else Level.FINE)


class TestLimits:
    def test_soft_limit_of_open_files_is_raised(self, tmp_path: Path) -> None:
        before = (
            "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096))\n"
            "machine.raise_file_limit()\n"
            "print(resource.getrlimit(resource.RLIMIT_NOFILE))"
        )
        said = ask_child("check_open_files", tmp_path, before=before)
        assert said == ["(1024, 4096)\nFINE", "up to 4096", ""]

    def test_hard_limit_is_refused(self, tmp_path: Path) -> None:
        before = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 512))"
        level, text, _ = ask_child("check_open_files", tmp_path, before=before)
        assert (level, text) == ("REFUSED", "a process may have 512 open, and needs up to 1024")

    def test_threads_of_a_user(self, tmp_path: Path, as_nobody: str) -> None:
        limit = "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (200, 200))"
        level, text, _ = ask_child("check_threads", tmp_path, before=f"{limit}\n{as_nobody}")
        assert (level, text) == ("REFUSED", "up to 200 threads may run, and 1000 are needed")

    @pytest.mark.parametrize("name", ["pids.max", "pids/pids.max"])
    def test_threads_of_a_container(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("100\n", encoding="utf-8")
        monkeypatch.setattr(machine, "CGROUPS", tmp_path)
        assert machine.check_threads(tmp_path).level is Level.REFUSED


@pytest.mark.parametrize("call", [seccomp.PIDFD_OPEN, seccomp.PIDFD_GETFD])
def test_refused_call_is_a_warning(call: int, tmp_path: Path) -> None:
    code = CHILD.format(check="check_kernel_calls", before="")
    ended = seccomp.run_refused(call, [sys.executable, "-c", code, str(tmp_path)])
    assert ended.stdout.startswith("WARNED|pidfd_getfd is refused (Operation not permitted)")


def test_no_call_is_refused_where_no_profile_filters_them(tmp_path: Path) -> None:
    if "\nSeccomp:\t0\n" not in Path("/proc/self/status").read_text(encoding="utf-8"):
        pytest.skip("a profile filters the calls of this process")
    assert machine.check_kernel_calls(tmp_path).level is Level.FINE


def test_user_without_a_name(tmp_path: Path, as_nobody: str) -> None:
    before = "os.setgid(54321); os.setuid(54321)"
    level, text, do = ask_child("check_user", tmp_path, before=before)
    assert (level, text) == ("REFUSED", "uid 54321 has no name, which HDFS needs")
    assert 'echo "bench:x:54321:54321::/tmp:/bin/sh" >> /etc/passwd' in do


def test_loopback_of_a_new_network_namespace(tmp_path: Path) -> None:
    within = ("unshare", "--net", "--map-root-user")
    level, text, do = ask_child("check_loopback", tmp_path, *within)
    assert (level, text) == ("REFUSED", "127.0.0.1 does not answer: Network is unreachable")
    assert do.startswith("ip link set lo up")


def test_clock_that_was_never_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "gmtime", lambda: time.struct_time((1970, 1, 1, 0, 0, 5, 3, 1, 0)))
    assert machine.check_clock(tmp_path) == Finding(
        "clock", "set to 1970-01-01 00:00:05 UTC", Level.REFUSED, "set it: `date -s`"
    )


@pytest.mark.parametrize(
    ("busy", "idle", "level"), [(4, 16, Level.FINE), (10, 10, Level.WARNED), (0, 0, Level.FINE)]
)
def test_other_load_is_a_warning(
    busy: int, idle: int, level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 0 0 900 50 0 0 0 0 0\n", encoding="utf-8")
    monkeypatch.setattr(machine, "PROC", tmp_path)

    def work(_seconds: float) -> None:
        stat.write_text(f"cpu  {100 + busy} 0 0 {900 + idle} 50 0 0 0 0 0\n", encoding="utf-8")

    monkeypatch.setattr(time, "sleep", work)
    assert machine.check_load(tmp_path).level is level


def test_limits_without_end_are_said_so() -> None:
    assert machine._show_limit(resource.RLIM_INFINITY) == "any number"
