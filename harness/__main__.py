"""`python -m harness` and the command `harness`."""

import signal
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
    from harness import cli  # noqa: PLC0415

    return cli.run_verb()


if __name__ == "__main__":
    main()
