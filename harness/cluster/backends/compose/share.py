"""The budget shared out: a container holds each service to its part of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.cgroup import LOAD_TOOL
from harness.config.model import BudgetSettings

# Of 2,000 thousandths of a vCPU and 3,328 MiB, after what the native services use in a run of
# bench. The load tool runs beside the containers, within what is left to it here.
PARTS: Mapping[str, tuple[int, int]] = {
    "streaming": (500, 1024),
    "web": (500, 256),
    "presto": (300, 640),
    "kafka": (200, 448),
    "namenode": (120, 320),
    "datanode": (120, 256),
    "metastore": (100, 256),
    LOAD_TOOL: (160, 128),
}


@dataclass(frozen=True)
class Share:
    """What one service may have: thousandths of a vCPU, and bytes."""

    milli_cpus: int
    memory_bytes: int


def split_budget(budget: BudgetSettings) -> dict[str, Share]:
    """Return the shares by service, which add up to the budget; the first gets the remainder."""
    cpus = _portions(round(budget.vcpu * 1000), [cpu for cpu, _ in PARTS.values()])
    memory = _portions(budget.memory, [mib for _, mib in PARTS.values()])
    return {name: Share(*portion) for name, *portion in zip(PARTS, cpus, memory, strict=True)}


def _portions(whole: int, parts: list[int]) -> list[int]:
    _, *others = (whole * part // sum(parts) for part in parts)
    return [whole - sum(others), *others]
