"""`logs`: the logs of the services."""

import contextlib

import click

from harness.errors import Missing, UsageError
from harness.system import paths

LAST_LINES = 20


def run(service: str | None) -> None:
    """Print the last lines of every service's log, or the whole log of one.

    Raises Missing where there are no logs, and UsageError for an unknown service.
    """
    folder = paths.WORK / "cluster" / "logs"
    services: list[str] = []
    # Path.glob yields nothing where the folder is another user's.
    with contextlib.suppress(FileNotFoundError):
        services = sorted(path.stem for path in folder.iterdir() if path.suffix == ".log")
    if not services:
        raise Missing("There are no logs: no cluster has been started.", do="`make up`")
    if service is not None and service not in services:
        raise UsageError(f"There is no log of {service!r}.", do=f"use one of {', '.join(services)}")
    for name in [service] if service else services:
        lines = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        click.echo(f"== {name}: {folder / name}.log")
        click.echo("\n".join(lines if service else lines[-LAST_LINES:]))
