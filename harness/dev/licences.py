"""The licences of what is installed: `python -m harness.dev.licences` writes docs/licences.md."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from harness.cluster.artifacts import maven
from harness.dev.lock import LOCKS
from harness.errors import HarnessError, Missing
from harness.report.render import document, markdown
from harness.system import programs, progress
from harness.system.child_environment import MAVEN, create_environment
from harness.system.paths import ROOT

PATH = ROOT / "docs" / "licences.md"
# It reads the pom.xml files of all artifacts and of those above them.
PLUGIN = "org.codehaus.mojo:license-maven-plugin:2.5.0:aggregate-add-third-party"
NOT_STATED = "not stated"

TEXT = """\
# Licences

The licences of what the project installs, as their authors state them; made by
`python -m harness.dev.licences`. The system programs (Java, Maven, ab) are the distribution's.
Spark's own jars come inside the package `pyspark`, which has their licences with it.

## Python packages

{packages}

## Jars

{jars}
"""


def main() -> int:
    """Write the page and return the exit code."""
    try:
        with progress.Display().stage("licences") as stage:
            text = generate(programs.ensure(ROOT, stage.update))
    except HarnessError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    PATH.write_text(text, encoding="utf-8")
    return 0


def generate(found: programs.Programs) -> str:
    """Return the text of the page; raise Missing where Maven fails."""
    return TEXT.format(
        packages=_table("package", packages()), jars=_table("artifact", jars(third_party(found)))
    )


def packages() -> dict[str, str]:
    """Return the licence of each installed package of the locks, by its name."""
    names = re.findall(r"^([\w.-]+)==", (ROOT / LOCKS[0]).read_text(encoding="utf-8"), re.MULTILINE)
    return {name: package(name) for name in sorted({*names}) if _installed(name)}


def package(name: str) -> str:
    """Return the licence that the metadata of a package state."""
    told = metadata.distribution(name).metadata.json
    # Some have the whole text in the place of a name.
    stated = [str(told.get(key, "")) for key in ("license_expression", "license")]
    names = [text for text in stated if text and "\n" not in text]
    classifiers = [text for text in told.get("classifier", []) if text.startswith("License :: OSI")]
    names += [", ".join(text.rpartition(" :: ")[2] for text in classifiers)]
    return names[0] or NOT_STATED


def third_party(found: programs.Programs) -> str:
    """Return a line for each jar from Maven's plugin; raise Missing where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(str(found.maven), "--batch-mode", "--quiet", f"--file={maven.POM}", PLUGIN),
            f"-Dlicense.outputDirectory={folder}",
        ]
        code = subprocess.run(
            command,
            stdout=sys.stderr.fileno(),
            env=create_environment(MAVEN, {"JAVA_HOME": str(found.java_home)}),
            check=False,
        ).returncode
        if code != 0:
            raise Missing("Maven does not tell the licences.", why=f"it ended with {code}")
        return (Path(folder) / "THIRD-PARTY.txt").read_text(encoding="utf-8")


def jars(text: str) -> dict[str, str]:
    """Return the licences of each artifact, by `group:artifact`.

    A line is `(Apache-2.0) (MIT) A name (group:artifact:version - address)`.
    """
    lines = re.finditer(r"^ +(?P<told>\(.*)\((?P<artifact>[^\s:]+:[^\s:]+):", text, re.MULTILINE)
    return {line["artifact"]: "; ".join(_bracketed(line["told"])) for line in lines}


def _bracketed(text: str) -> Iterator[str]:
    """Yield the contents of the brackets at the beginning of a text; brackets may be nested."""
    while text.startswith("("):
        end = next(end for end, sign in enumerate(text, 1) if sign == ")" and _balanced(text[:end]))
        yield text[1 : end - 1]
        text = text[end:].lstrip()


def _balanced(text: str) -> bool:
    """Return whether each bracket is closed."""
    return text.count("(") == text.count(")")


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _table(what: str, licences: dict[str, str]) -> str:
    return markdown.render_table(
        document.Table((what, "licence"), tuple(sorted(licences.items())), "ll")
    )


if __name__ == "__main__":
    sys.exit(main())
