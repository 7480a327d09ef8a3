"""The system programs that a run needs: found, or installed with apt where the user may."""

import ctypes
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Missing
from harness.system import tool
from harness.system.child_environment import APT, TOOL, create_environment

# Presto 0.287 runs on these two.
JAVA_VERSIONS = frozenset({"17", "21"})
JVM_FOLDER = Path("/usr/lib/jvm")
# An emulated machine takes up to a minute, and only a program that hangs takes longer. Settings are
# not known yet.
PROBE_TIMEOUT_S = 300
# apt writes its progress to a descriptor that it closes before dpkg runs, so that it may not be
# standard output itself; sudo passes no other, nor settings of the environment.
APT_COMMAND = (
    *("sh", "-c", 'exec env DEBIAN_FRONTEND=noninteractive apt-get "$@" 3>&1', "apt-get"),
    *("-q", "-o", "APT::Status-Fd=3"),
    # The daily upgrade may hold apt's lock.
    *("-o", "DPkg::Lock::Timeout=300"),
)


@dataclass(frozen=True)
class Java:
    """A Java that serves: its home, and its exact version, as `17.0.15+6-Debian-1deb12u1`."""

    home: Path
    version: str


@dataclass(frozen=True)
class Programs:
    """Where the programs of a run are."""

    java_home: Path
    java_version: str
    maven: Path
    ab: Path


@dataclass(frozen=True)
class Need:
    """A program: its name, the Debian packages that bring it (the first known serves), a test."""

    name: str
    packages: tuple[str, ...]
    present: Callable[[], bool]


def java() -> Java | None:
    """Return the first Java 17 or 21 of JAVA_HOME, the PATH and the system's folder, or None."""
    for path in {path.resolve(): path for path in _candidates()}.values():
        probed = _probe(path)
        if probed is not None:
            return probed
    return None


def find_program(name: str) -> Path | None:
    """Return a program on the PATH, or None."""
    path = shutil.which(name)
    return Path(path) if path else None


def chromium() -> Path | None:
    """Return Chromium on the PATH, or None."""
    return find_program("chromium") or find_program("chromium-browser")


def libfaketime() -> Path | None:
    """Return Debian's libfaketime for programs with threads, or None."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def is_loadable(library: str) -> bool:
    """Return whether the system's loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


# The last name is the distribution's own choice, for when apt does not know either of the others.
JAVA = Need(
    "Java 17 or 21",
    ("openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless"),
    lambda: java() is not None,
)
MAVEN = Need("Maven", ("maven",), lambda: find_program("mvn") is not None)
AB = Need("ab (ApacheBench)", ("apache2-utils",), lambda: find_program("ab") is not None)
# Pages are looked at with it: no run needs it.
CHROMIUM = Need("Chromium", ("chromium", "chromium-browser"), lambda: chromium() is not None)
# Playwright's own Node.js, which drives the browser, is linked to it.
LIBATOMIC = Need("libatomic", ("libatomic1",), lambda: is_loadable("libatomic.so.1"))
BROWSER = (CHROMIUM, LIBATOMIC)
# It holds the compose file to its schema.
COMPOSE = Need(
    "docker-compose", ("docker-compose",), lambda: find_program("docker-compose") is not None
)
# The app's clock is set with it, by one fault.
FAKETIME = Need("libfaketime", ("libfaketime",), lambda: libfaketime() is not None)
# Debian takes it out of the standard library.
VENV = Need(
    "Python's ensurepip",
    (f"python3.{sys.version_info.minor}-venv",),
    lambda: importlib.util.find_spec("ensurepip") is not None,
)
RUN = (JAVA, MAVEN, AB)


def missing(needs: Iterable[Need]) -> list[Need]:
    """Return the needs that are not installed."""
    return [need for need in needs if not need.present()]


def ensure(root: Path, tell: tool.Tell) -> Programs:
    """Return the programs of a run; install them where they are missing and the user may.

    Raises Missing with the line to type where they cannot be installed.
    """
    while (installed := find()) is None:
        provide(RUN, root, tell)
    return installed


def find() -> Programs | None:
    """Return the programs of a run; None where one is missing."""
    java_, maven, ab = java(), find_program("mvn"), find_program("ab")
    if java_ is None or maven is None or ab is None:
        return None
    return Programs(java_.home, java_.version, maven, ab)


def provide(needs: Iterable[Need], root: Path, tell: tool.Tell) -> None:
    """Install what is missing of `needs`, all of it at once.

    Raises Missing with the line to type where the user may not install, or apt fails.
    """
    wanted = missing(needs)
    if not wanted:
        return
    if shutil.which("apt-get") is None:
        raise Missing(
            f"Not installed: {_names(wanted)}. Install it with this system's package manager."
        )
    privilege = _privilege()
    if privilege is None:
        packages = " ".join(_packages(wanted))
        raise Missing(
            f"Not installed: {_names(wanted)}. Type: sudo apt-get update && "
            f"sudo apt-get install -y --no-install-recommends {packages}"
        )
    log = root / ".cache" / "apt.log"
    _apt(privilege, ["update"], log, tell)
    install = ["install", "-y", "--no-install-recommends"]
    code = _apt(privilege, [*install, *_packages(wanted)], log, tell)
    left = missing(wanted)
    if left:
        raise Missing(
            f"apt has not brought {_names(left)}.",
            why=f"apt-get install ended with {code}",
            do="see its log, then run it again",
            log=log,
        )


def _names(needs: Iterable[Need]) -> str:
    return ", ".join(need.name for need in needs)


def _candidates() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home, "bin", "java")
    on_path = find_program("java")
    if on_path is not None:
        yield on_path
    yield from sorted(JVM_FOLDER.glob("*/bin/java"))


def _probe(path: Path) -> Java | None:
    """Return what a `java` prints of itself; None where it fails or has another version."""
    try:
        said = subprocess.run(
            [path, "-XshowSettings:properties", "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=create_environment(TOOL),
            text=True,
            errors="replace",
            timeout=PROBE_TIMEOUT_S,
            check=False,
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    properties = dict(re.findall(r"^ *(java\.[\w.]+) = (.+)$", said, re.MULTILINE))
    if properties.get("java.specification.version") not in JAVA_VERSIONS:
        return None
    return Java(Path(properties["java.home"]), properties["java.runtime.version"])


def _privilege() -> list[str] | None:
    """Return the words before `apt-get`; None where the user may not install."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    # Asks for no password: a prompt in the midst of a build would wait for ever.
    asked = subprocess.run(
        ["sudo", "-n", "true"], capture_output=True, env=create_environment(APT), check=False
    )
    return ["sudo", "-n"] if asked.returncode == 0 else None


def _packages(needs: Iterable[Need]) -> list[str]:
    return [next(filter(_known, need.packages), need.packages[-1]) for need in needs]


def _known(package: str) -> bool:
    """Return whether apt can install a package; apt-cache ends with 0 for a mere mention."""
    shown = subprocess.run(
        ["apt-cache", "show", package],
        capture_output=True,
        env=create_environment(APT),
        check=False,
    ).stdout
    return b"Package:" in shown


def _apt(privilege: Sequence[str], arguments: Sequence[str], log: Path, tell: tool.Tell) -> int:
    def heard(line: str) -> None:
        # dlstatus and pmstatus (download, package manager): item, percent, text.
        status = re.match(r"[dp][lm]status:[^:]*:([\d.]+):(.*)", line)
        if status:
            tell(f"apt: {status[2]}", round(float(status[1])), 100)

    tell(f"apt-get {arguments[0]}")
    return tool.run([*privilege, *APT_COMMAND, *arguments], log, heard, create_environment(APT))
