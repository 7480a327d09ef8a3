"""The Java virtual machine: the flags all services share."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from harness.cluster.services.service import HOST, LATE, Command, NotReady, ServiceContext
from harness.errors import ServiceFailed
from harness.system.child_environment import SERVICE, create_environment
from harness.system.units import MIB
from harness.system.waiting import wait_until

# Runs last seconds: the first compiler alone halves their CPU, one collector thread is enough on
# two cores, and small stacks and code caches keep the services within the budget.
LEAN = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=48m",
    "-Xss512k",
    "-XX:+ExitOnOutOfMemoryError",
    # The performance counters' file is memory that nobody reads.
    "-XX:-UsePerfData",
    # As the variables LC_ALL and TZ say, where the machine has no such locale.
    "-Duser.timezone=UTC",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Dfile.encoding=UTF-8",
    "-Djava.net.preferIPv4Stack=true",
    # Kafka's and HDFS's logging; at its default each request of a start is a line.
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)


def lean(context: ServiceContext) -> list[str]:
    """Return the flags that all virtual machines share."""
    hosts = context.addresses.hosts
    return [
        *LEAN,
        f"-Djava.io.tmpdir={context.folder / 'temporary'}",
        *([] if hosts is None else [f"-Djdk.net.hosts.file={hosts}"]),
    ]


def write_hosts(path: Path) -> None:
    """Write the names that virtual machines may ask for: all are loopback.

    HDFS's services end where the machine does not resolve its own name, as in a container or a
    chroot without a line for it; and no resolver is waited for.
    """
    path.write_text(f"{HOST} localhost {socket.gethostname()}\n", encoding="utf-8")


def flags(context: ServiceContext, service: str) -> list[str]:
    """Return the flags of a service's virtual machine, but its heap."""
    return [*lean(context), *context.archives.flags(service)]


def command(
    context: ServiceContext,
    flags: Iterable[str],
    *,
    heap: int,
    class_path: Iterable[Path],
    main: str,
    arguments: Iterable[str] = (),
    options: Iterable[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Command:
    """Return a Java program with `heap` bytes of heap and the flags of `lean` or `flags`.

    The class path goes through the environment, where it stays out of `ps`.
    """
    java = context.programs.java_home / "bin" / "java"
    return Command(
        [
            *(str(java), f"-Xmx{heap // MIB}m", *flags, *options),
            *(main, *arguments),
        ],
        {"CLASSPATH": os.pathsep.join(map(str, class_path)), **(environment or {})},
    )


def run(
    command: Command, log: Path, within_s: float, until: Callable[[], None] | None = None
) -> None:
    """Run a Java program to its end, its output in `log`, or until `until` returns.

    Raises ServiceFailed when it fails or takes over `within_s`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        program = subprocess.Popen(
            command.arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=create_environment(SERVICE, command.environment),
        )
    try:
        is_done = wait_until(
            lambda: program.poll() is not None or (until is not None and _reached(until)),
            within_s=within_s,
            poll_s=0.05,
        )
        if program.returncode or not is_done:
            failed = f"it ended with exit code {program.returncode}"
            raise ServiceFailed(
                f"{command.arguments[0]} did not make a service's storage.",
                why=failed if is_done else f"not done after {within_s:g} s",
                do="read its log" if is_done else LATE,
                log=log,
            )
    finally:
        program.terminate()
        try:
            program.wait(within_s)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _reached(until: Callable[[], None]) -> bool:
    try:
        until()
    except NotReady:
        return False
    return True
