from harness.dev import microbench, test


def test_lint_and_set_up_come_before_the_tests() -> None:
    assert [step[0] for step in test.STEPS] == [
        "ruff",
        "ruff",
        "mypy",
        "harness.dev.imports",
        "harness",
        "pytest",
        "pytest",
    ]


def test_microbench_measures_and_keeps_its_figures() -> None:
    assert {"tests/perf", "--benchmark-enable", "--benchmark-autosave"} <= {*microbench.STEP}
