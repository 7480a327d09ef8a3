"""CPU time charged to services whose processes come and go."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from harness.monitor.tree import ProcessReading
from harness.system.process import Identity


class CpuAccount:
    """CPU seconds by service since the first readings; they never go backwards.

    A process that appears later is charged from its birth. The time between a process's last
    reading and its end comes with its parent's `reaped_s`. It is lost where nobody is charged for
    the parent: at most one interval of it.
    """

    def __init__(self, first: Iterable[ProcessReading]) -> None:
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self._last = {reading.process: reading for reading in first}
        self._known_s: dict[int, float] = {}
        """by parent: the time charged for its ended children before it had waited for them"""

    def update(self, readings: Iterable[ProcessReading]) -> None:
        """Charge the CPU time used since the last readings."""
        now = {reading.process: reading for reading in readings}
        known = self._ended(now)
        for process, reading in now.items():
            before = self._last.get(process)
            own_s = reading.cpu_s - (before.cpu_s if before else 0.0)
            reaped_s = reading.reaped_s - (before.reaped_s if before else 0.0)
            known_s = min(reaped_s, known.get(process.pid, 0.0))
            self.cpu_s[reading.service] += own_s
            if reading.heir is not None and reaped_s > known_s:
                self.cpu_s[reading.heir] += reaped_s - known_s
            if known_s:
                known[process.pid] -= known_s
        self._known_s = known
        self._last = now

    def _ended(self, now: Mapping[Identity, ProcessReading]) -> dict[int, float]:
        """Return what was charged of ended children, by the parents that are still there."""
        known = defaultdict(float, self._known_s)
        for process, reading in self._last.items():
            if process not in now:
                known[reading.parent] += reading.cpu_s + reading.reaped_s
        return {process.pid: known[process.pid] for process in now if process.pid in known}
