"""`lint`: ruff, mypy and the floors of the rooms over all code."""

from harness.dev.steps import run_steps

STEPS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("harness.dev.imports", "--no-cache"),
)


def run() -> None:
    """End with the exit code of the first step that fails."""
    run_steps(*STEPS)
