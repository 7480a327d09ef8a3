"""The steps of the workflow, as text: what a shell is given, by the step's name."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

WORKFLOW = Path(__file__).parents[2] / ".github" / "workflows" / "benchmark.yml"


def scripts() -> dict[str, str]:
    """The `run:` blocks."""
    text = WORKFLOW.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for step in re.split(r"^ {6}- ", text, flags=re.MULTILINE)[1:]:
        block = re.search(r"^ {8}run: \|\n((?: {10}.*\n)+)", step, re.MULTILINE)
        if block is not None:
            found[step.removeprefix("name: ").partition("\n")[0]] = textwrap.dedent(block[1])
    return found
