"""`microbench`: the project's own hot paths, measured by pytest-benchmark."""

from harness.dev import lint

STEP = (
    *("pytest", "tests/perf", "--benchmark-enable", "--benchmark-only", "--benchmark-autosave"),
    "--benchmark-storage=file://./results/microbench",
)


def run() -> None:
    """Measure each, and keep the figures in results/microbench."""
    lint.run_steps(STEP)
