"""The command line `harness`: the group of verbs, and the exit code of an error."""

from typing import NoReturn

import click

from harness.commands.options import create_command
from harness.errors import UsageError
from harness.system import crash, signals
from harness.system.verbs import VERBS


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the trace of an error, too.")
def harness(debug: bool) -> None:
    """Benchmark a real event pipeline: Flask, Kafka, Spark, HDFS, Hive metastore, Presto."""


for _verb in VERBS.values():
    if _verb.module is not None:
        harness.add_command(create_command(_verb, _verb.module))


def main() -> NoReturn:
    """Run one verb; print an error that a person can act on without its traceback."""
    crash.run_process(run_verb)


def run_verb() -> int:
    """Run the verb of the command line; return its exit code."""
    signals.heed()
    try:
        # A number where click itself has ended it, as it does after a help text.
        return int(harness.main(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return UsageError.exit_code
    except click.Abort as error:
        raise KeyboardInterrupt from error
