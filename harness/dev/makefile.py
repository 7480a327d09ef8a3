"""The Makefile's lists from the table of verbs: `python -m harness.dev.makefile` writes them."""

from harness.system.paths import ROOT
from harness.system.verbs import PARAMETERS, VERBS

PATH = ROOT / "harness" / "system" / "verbs.mk"

TEXT = """\
# From harness/system/verbs.py, by `python -m harness.dev.makefile`.
VERBS := {verbs}
PARAMETERS := {parameters}
"""


def generate() -> str:
    """Return the text of the file."""
    return TEXT.format(verbs=" ".join(VERBS), parameters=" ".join(PARAMETERS))


if __name__ == "__main__":
    PATH.write_text(generate(), encoding="utf-8")
