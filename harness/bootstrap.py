"""What `make` calls: sets up with the standard library alone, then hands the verb on."""

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
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from harness.commands import clean, doctor
from harness.errors import INTERRUPTED, HarnessError, Missing, UsageError
from harness.system import locks, programs, signals
from harness.system.paths import ROOT
from harness.system.venv import VirtualEnvironment, line, say

VERBS = {
    "help": "list the verbs",
    "all": "set up, start a cluster, load it, verify, report, stop",
    "up": "start the cluster and leave it running",
    "down": "stop the cluster",
    "status": "show the cluster's services",
    "logs": "show the last lines of every log; SERVICE=name: all of one",
    "bench": 'one timed run; PROFILE=name, SET="key=value", KEEP=1, REPEAT=5',
    "smoke": "one run of each of the 19 calls once",
    "faults": "break one thing a run, count every event; FAULT=name: only that",
    "squeeze": "find the smallest memory limit that is enough",
    "verify": "what was accepted: its count ladder, rows and answers",
    "report": "make a run's pages anew from its record; RUN=id",
    "open": "open a run's page in the browser; RUN=id",
    "compare": "two runs or groups; A=id B=id, FORMAT=markdown, ANYWAY=1",
    "check": "is the working tree slower than a commit? BASE=revision",
    "baseline": "how often a check is wrong on this host, by pairs of equal code",
    "history": 'the trend of all valid runs; WITHDRAW=id REASON="…": one less',
    "sql": 'a query in Presto: SQL="select …", standard input, or a prompt',
    "test": "lint, then every test",
    "microbench": "how long our own hot paths take; needs no service",
    "lint": "ruff and mypy",
    "example": "make docs/example and the README's picture of a run; RUN=id",
    "lock": "pin the Python packages and the jars anew",
    "doctor": "what is there, which version, and what is missing",
    "clean": "stop the cluster, remove caches and environment; never results",
}

# Verbs that start services, and so need the system programs too.
STARTING = frozenset(
    {"all", "up", "bench", "smoke", "faults", "squeeze", "check", "baseline", "test", "lock"}
)
# What verbs need besides: a browser to look at pages in, and what checks the compose file.
BESIDES = {
    "test": (programs.CHROMIUM, programs.COMPOSE),
    "example": (programs.CHROMIUM,),
}

LINT = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",))
MICROBENCH = (
    *("pytest", "tests/perf", "--benchmark-enable", "--benchmark-only", "--benchmark-autosave"),
    "--benchmark-storage=file://./results/microbench",
)
# These share nothing, the others the services and their ports.
UNIT = ("pytest", "-n", "logical", "--dist", "worksteal", "tests/unit")
REST = ("pytest", "--ignore=tests/unit")
# The harness's own set-up comes before pytest: downloads are no test's time.
COMMANDS = {
    "lint": LINT,
    "test": (*LINT, ("harness", "setup"), UNIT, REST),
    "microbench": (MICROBENCH,),
    "lock": (("harness.dev.lock",),),
}


def main(arguments: Sequence[str]) -> int:
    """Runs one verb; the exit code, unless the verb takes this process over."""
    try:
        return dispatch(" ".join(arguments) or "help")
    except HarnessError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED


def dispatch(verb: str) -> int:
    """Runs one verb; raises UsageError for an unknown one."""
    if verb not in VERBS:
        raise UsageError(f"There is no verb {verb!r}.", do="`make help` lists them")
    if verb in UNAIDED:
        return UNAIDED[verb](ROOT)
    environment = VirtualEnvironment(ROOT)
    if verb in STARTING:
        # Who comes second is told so now, and not after a set-up of minutes.
        with locks.hold(ROOT / ".work" / "lock", verb):
            environment.ensure(programs.RUN)
    else:
        environment.ensure(())
    if verb in BESIDES:
        with line() as tell:
            programs.provide(BESIDES[verb], ROOT, tell)
    if verb == "faults":
        # Without, one of the faults is not run, and says so.
        with line() as tell, contextlib.suppress(Missing):
            programs.provide([programs.FAKETIME], ROOT, tell)
    *first, last = COMMANDS.get(verb, (("harness", verb),))
    for module in first:
        code = subprocess.run([environment.python, "-m", *module], cwd=ROOT, check=False).returncode
        if code != 0:
            return code
    become(environment.python, last)


def become(python: Path, module: Sequence[str]) -> NoReturn:
    """Lets a module take this process over: its signals, standard input and exit code."""
    os.execv(python, [str(python), "-m", *module])


def usage(_root: Path) -> int:
    """Prints the verbs, a line each."""
    width = max(map(len, VERBS))
    for verb, text in VERBS.items():
        print(f"make {verb:<{width}}  {text}")
    return 0


UNAIDED = {"help": usage, "doctor": doctor.main, "clean": clean.main}

if __name__ == "__main__":
    signals.heed()
    sys.exit(main(sys.argv[1:]))
