"""The steps of the workflows, as text: what a shell is given, by the step's name."""

import re
import textwrap
from pathlib import Path

from harness.system.paths import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOW = FOLDER / "benchmark.yml"
AUDIT = FOLDER / "audit.yml"


def scripts(workflow: Path = WORKFLOW) -> dict[str, str]:
    """The `run:` blocks."""
    text = workflow.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for step in re.split(r"^ {6}- ", text, flags=re.MULTILINE)[1:]:
        block = re.search(r"^ {8}run: \|\n((?: {10}.*\n)+)", step, re.MULTILINE)
        if block is not None:
            found[step.removeprefix("name: ").partition("\n")[0]] = textwrap.dedent(block[1])
    return found
