"""`sql`: Presto's own command line client."""

import os
import subprocess
import sys

from harness.cluster import artifacts
from harness.commands.cluster import get_cluster, get_config
from harness.errors import Missing, UsageError
from harness.system import programs
from harness.system.child_environment import PRESTO_CLI, create_environment
from harness.system.paths import ROOT


def run(query: str | None) -> None:
    """Run one query, or the client's prompt in place of this process.

    Raises Missing where no client serves, and UsageError for a query that fails.
    """
    server = get_cluster().addresses(get_config()).presto
    if server.engine == "trino":
        raise Missing(
            "Presto's client does not speak with Trino.",
            do=f"trino --server {server.url} --catalog {server.catalog} --schema {server.schema}"
            " --timezone UTC",
        )
    java = programs.java()
    if java is None:
        raise Missing("There is no Java for Presto's client.", do="`make doctor` names it")
    if query is None and not sys.stdin.isatty():
        query = sys.stdin.read()
    program = str(java.home / "bin" / "java")
    client = [
        # The client asks in the zone of its virtual machine, and a coordinator elsewhere heeds it.
        *(program, "-Duser.timezone=UTC", "-jar", str(artifacts.locate(ROOT).presto_cli)),
        *("--server", server.url, "--catalog", server.catalog),
        *("--schema", server.schema, "--user", server.user),
        *(["--password"] if server.password else []),
    ]
    environment = create_environment(PRESTO_CLI, {"PRESTO_PASSWORD": server.password or ""})
    if query is None:
        os.execve(program, client, environment)
    ended = subprocess.run([*client, "--execute", query], env=environment, check=False)
    if ended.returncode != 0:
        raise UsageError("Presto did not answer the query.", why="its own words are above")
