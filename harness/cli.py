"""The command line `harness`: the group of verbs, and the exit code of an error."""

import sys
from typing import NoReturn

import click

from harness.commands.options import create_command
from harness.errors import INTERRUPTED, HarnessError
from harness.system import disk, signals
from harness.system.verbs import VERBS


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def harness(debug: bool) -> None:
    """Benchmark a real event pipeline: Flask, Kafka, Spark, HDFS, Hive metastore, Presto."""


for _verb in VERBS.values():
    if _verb.module is not None:
        harness.add_command(create_command(_verb, _verb.module))


def main() -> NoReturn:
    """Run one verb; print an error that a person can act on without its traceback."""
    signals.heed()
    try:
        with disk.watched():
            harness.main(standalone_mode=False)
    except HarnessError as error:
        if "--debug" in sys.argv[1:]:
            raise
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(0)
