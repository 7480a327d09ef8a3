"""`test`: lint, then every test."""

from harness.dev import lint

STEPS = (
    *lint.STEPS,
    # Before pytest: downloads are no test's time.
    ("harness", "setup"),
    # Unit tests share nothing, the others the services and their ports.
    ("pytest", "-n", "logical", "--dist", "worksteal", "tests/unit"),
    ("pytest", "--ignore=tests/unit"),
)


def run() -> None:
    """End with the exit code of the first step that fails."""
    lint.run_steps(*STEPS)
