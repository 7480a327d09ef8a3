"""`python -m harness` and the command `harness`."""

import os
import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line; print what goes wrong, even in its imports, without a traceback."""
    # Nothing is to be ended in order yet: an interrupt ends this process, without Python's handler.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from harness.system import crash  # noqa: PLC0415

    crash.run_process(run_verb)


def run_verb() -> int:
    """Run the verb of the command line; return its exit code."""
    if not sys.flags.ignore_environment:
        start_anew()
    from harness import cli  # noqa: PLC0415

    return cli.run_verb()


def start_anew() -> NoReturn:
    """Run the same command in an environment, and by a Python, that no variable has changed."""
    from harness.system.child_environment import HARNESS, create_environment  # noqa: PLC0415

    command = [sys.executable, "-Es", *sys.orig_argv[1:]]
    os.execve(sys.executable, command, create_environment(HARNESS))


if __name__ == "__main__":
    main()
