"""Run a verb for `make`: prepare its environment with the standard library alone."""

import sys

# Every `python3` must be able to read this file, so that an older one can say what it lacks.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.stderr.write(
        "Python 3.11 or later is needed, and this is %d.%d. Type: make PYTHON=python3.11\n"  # noqa: UP031
        % sys.version_info[:2]
    )
    sys.exit(3)

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

if __name__ == "__main__":
    # An interrupt ends this process while modules are imported: Python's handler is a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from harness.commands import clean, doctor
from harness.errors import Missing, UsageError
from harness.system import crash, locks, machine, make, programs, signals
from harness.system.child_environment import HARNESS, create_environment
from harness.system.paths import ROOT
from harness.system.venv import VirtualEnvironment, line
from harness.system.verbs import PARAMETERS, PREFIX, VERBS, Verb


def main(arguments: Sequence[str]) -> int:
    """Run one verb and return its exit code, unless the verb takes this process over."""
    return crash.guard(lambda: run_verb(" ".join(arguments) or "help"))


def run_verb(name: str) -> int:
    """Run one verb; raise UsageError for an unknown one."""
    if name not in VERBS:
        raise UsageError(f"There is no verb {name!r}.", do="`make help` lists them")
    os.environ.update(
        {PREFIX + parameter: text for parameter, text in make.read_parameters(name).items()}
    )
    if name in UNAIDED:
        return UNAIDED[name](ROOT)
    environment = VirtualEnvironment(ROOT)
    provide(VERBS[name], environment)
    # The verb takes this process over: its signals, standard input and exit code.
    command = [str(environment.python), "-Es", "-m", "harness", name]
    os.execve(environment.python, command, create_environment(HARNESS))


def provide(verb: Verb, environment: VirtualEnvironment) -> None:
    """Install what a verb needs; raise Missing where that fails, or another verb is at work."""
    if verb.is_starting:
        # The verb itself tells of warnings.
        machine.ensure(ROOT)
        # A second verb is refused now, and not after a set-up of minutes.
        with locks.hold(ROOT / ".work" / "lock", verb.name):
            environment.ensure(programs.RUN)
    else:
        environment.ensure(())
    if verb.needs:
        with line() as tell:
            programs.provide(verb.needs, ROOT, tell)
    if verb.wants:
        with line() as tell, contextlib.suppress(Missing):
            programs.provide(verb.wants, ROOT, tell)


def print_help(_root: Path) -> int:
    """Print the verbs with the names of their parameters, then the parameters."""
    width = max(map(len, VERBS))
    for verb in VERBS.values():
        print(f"make {verb.name:<{width}}  {verb.text}")
        if verb.parameters:
            print(" " * (width + 7) + " ".join(parameter.name for parameter in verb.parameters))
    usages = {f"{one.name}={one.metavar}": one for one in PARAMETERS.values()}
    width = max(map(len, usages))
    print()
    for usage, parameter in usages.items():
        default = f" Default: {parameter.default}." if parameter.default else ""
        print(f"{usage:<{width}}  {parameter.text}{default}")
    return 0


UNAIDED = {"help": print_help, "doctor": doctor.main, "clean": clean.main}

if __name__ == "__main__":
    signals.heed()
    crash.prepare_process()
    sys.exit(main(sys.argv[1:]))
