"""A click command made from the table of verbs; the verb's module is imported when it runs."""

from importlib import import_module
from typing import Any

import click

from harness.config import layers
from harness.system import crash, machine, paths
from harness.system.verbs import PREFIX, Parameter, Verb


def create_command(verb: Verb, module: str) -> click.Command:
    """Return the command of a verb, which calls `run` in `module` with its parameters."""

    def run(**values: object) -> None:
        # Click takes any broken pipe for that of standard output, and ends with 1.
        with crash.translated():
            layers.check_variables()
            if verb.is_starting:
                for finding in machine.ensure(paths.ROOT):
                    click.echo(f"{finding.name}: {finding}", err=True)
            import_module(module).run(**values)

    given = [parameter for parameter in verb.parameters if not parameter.is_setting]
    positional = [f"{one.name}: {one.text}" for one in given if one.is_positional]
    return click.Command(
        verb.name,
        callback=run,
        params=list(map(_create, given)),
        help="\n\n".join((verb.text, *positional)),
        short_help=verb.text,
    )


def _create(parameter: Parameter) -> click.Parameter:
    name = parameter.argument or parameter.name.lower()
    # Click takes even a default of None for one that is given.
    default: dict[str, Any] = {} if parameter.default is None else {"default": parameter.default}
    variable = PREFIX + parameter.name
    if parameter.is_positional:
        return click.Argument([name], required=parameter.is_required, envvar=variable)
    return click.Option(
        [f"--{parameter.name.lower()}", name],
        envvar=variable,
        help=parameter.text,
        required=parameter.is_required,
        is_flag=parameter.is_flag,
        multiple=parameter.is_repeated,
        show_default=bool(parameter.default),
        type=_type(parameter),
        metavar=None if parameter.is_flag else parameter.metavar,
        **default,
    )


def _type(parameter: Parameter) -> click.ParamType[Any] | None:
    if parameter.choices:
        return click.Choice(parameter.choices)
    return None if parameter.most is None else click.IntRange(1, parameter.most)
