"""Where the repository is, and what lies in it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

DOCS = ROOT / "docs"
RESULTS = ROOT / "results"
WORK = ROOT / ".work"
