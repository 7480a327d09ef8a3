"""The marks of a pair of runs, which were made at once on the same cores.

To each of the two, the other is one of the others. What neither used is that of strangers: it comes
from both series together, over the time in which both were under load.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from harness.config.model import MarkSettings
from harness.record.check_record import SideName
from harness.record.curves import Curves
from harness.record.models import Result

SHORTEST_S = 1.0
"""A shorter time together is not judged: samples are taken once a second."""


@dataclass(frozen=True, slots=True)
class Side:
    """One run of a pair: its record, and its series."""

    result: Result
    curves: Curves

    def window_ms(self) -> tuple[float, float]:
        """Return the Unix times in milliseconds at which the load began and the drain ended.

        Raises KeyError where the run did not come so far.
        """
        phases = {phase.name: phase for phase in self.result.phases}
        began_ms = 1000 * self.result.started_utc.timestamp()
        load, drain = phases["load"], phases["drain"]
        end_s = drain.started_s + drain.duration_s
        return began_ms + 1000 * load.started_s, began_ms + 1000 * end_s

    def used_s(self, begin_ms: float, end_ms: float) -> float:
        """Return the CPU seconds of services, load tool and harness between two moments."""
        names = [f"{service}_cpu_s" for service in self.curves.services]
        return sum(self._spent(name, begin_ms, end_ms) for name in names)

    def busy_s(self, begin_ms: float, end_ms: float) -> float | None:
        """Return the seconds of work of the cores; None where the run did not measure it."""
        if not any(self.curves.series.get("cores_busy_s", [])):
            return None
        return self._spent("cores_busy_s", begin_ms, end_ms)

    def _spent(self, name: str, begin_ms: float, end_ms: float) -> float:
        series = self.curves.series
        times, values = ([value or 0.0 for value in series[key]] for key in ("time_ms", name))
        begin, end = np.interp((begin_ms, end_ms), times, values)
        return float(end - begin)


def list_marks(sides: Mapping[SideName, Side], limits: MarkSettings) -> tuple[str, ...]:
    """Return the marks of a pair, each with its reason."""
    return (*_list_disturbances(sides, limits), *_list_faults_of_generator(sides))


def measure_others_share(sides: Mapping[SideName, Side]) -> float | None:
    """Return the share of the cores' time that neither of a pair used; None if not measured."""
    windows = [side.window_ms() for side in sides.values()]
    begin_ms, end_ms = max(begin for begin, _ in windows), min(end for _, end in windows)
    duration_s = (end_ms - begin_ms) / 1000
    for name in reversed(get_args(SideName)):
        used = sides[name].result.resources
        busy_s = sides[name].busy_s(begin_ms, end_ms) if duration_s >= SHORTEST_S else None
        if busy_s is not None and used is not None and used.others is not None:
            others_s = busy_s - sum(side.used_s(begin_ms, end_ms) for side in sides.values())
            return min(1.0, max(0.0, others_s) / (len(used.others.cores) * duration_s))
    return None


def _list_disturbances(sides: Mapping[SideName, Side], limits: MarkSettings) -> Iterator[str]:
    share = measure_others_share(sides)
    if share is not None and share > limits.others_cpu_share:
        yield (
            f"disturbed: others than base and head used {100 * share:.1f} % of the CPU time of"
            f" their cores; the limit is {100 * limits.others_cpu_share:.1f} %"
        )


def _list_faults_of_generator(sides: Mapping[SideName, Side]) -> Iterator[str]:
    for name, side in sides.items():
        if "generator" in side.result.marks:
            yield f"generator: {name}: {side.result.marks['generator']}"
