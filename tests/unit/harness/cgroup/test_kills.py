"""What the error of processes that were killed for memory says."""

from pathlib import Path

from harness.cgroup import kills
from harness.cgroup.group import Count, TreeCounts, Whole
from harness.config import model
from harness.system.units import GIB, MIB

ALLOWED = model.BudgetSettings(vcpu=2, memory=GIB)
CHARGED = 1000 * MIB
LEAF = Count(0, CHARGED // 4, CHARGED // 4)
COUNTS = TreeCounts(
    Whole(0, CHARGED, CHARGED, CHARGED // 2, 0), {"streaming": LEAF, "kafka": LEAF}, {}
)


def test_killed_names_who_the_limit_and_what_was_charged() -> None:
    logs = Path("logs")

    error = kills.create_error(
        {"kafka": 1, "streaming": 2}, COUNTS, ALLOWED, lambda name: logs / f"{name}.log"
    )

    assert error.exit_code == 6
    assert error.what == "The kernel killed 3 processes for memory, of streaming, kafka."
    assert "may have 1.00 GiB, and 0.98 GiB were charged" in error.why
    assert "streaming 0.24 GiB" in error.why
    assert "budget.memory" in error.do
    assert error.log == logs / "streaming.log"


def test_load_tool_has_no_log_of_the_cluster() -> None:
    error = kills.create_error({"load_tool": 1}, COUNTS, ALLOWED, lambda _: Path("a log"))

    assert error.what == "The kernel killed 1 process for memory, of load_tool."
    assert error.log is None
