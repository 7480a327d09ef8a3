"""The kernel's own counts of a cluster's cgroup, over one run."""

from collections.abc import Callable, Mapping

from harness.cgroup.group import Count, Counted, TreeCounts, Whole

WHOLE = ""


class CgroupCounters:
    """Owns the kernel's counts of one cgroup, from its making to the last sample.

    `find` gives the cgroup, None while there is none. One that is there already is that of a
    standing cluster: its counters count by difference, and its peaks begin anew.
    """

    def __init__(self, find: Callable[[], Counted | None]) -> None:
        self._find = find
        self._highest: dict[str, int] = {}
        """by leaf: the most that was charged at a sample"""
        self._anonymous = 0
        group = find()
        if group is not None:
            group.reset_peaks()
        self.kind = None if group is None else group.kind
        self.first = None if group is None else group.read()
        self.last = self.first
        self.now: Whole | None = None
        """the whole cgroup at the last sample; None where there was no cgroup then"""

    def sample(self) -> TreeCounts | None:
        """Read all counts; once the cgroup is gone, return those of the last sample."""
        group, self.now = self._find(), None
        if group is None:
            return self.last
        try:
            counts = group.read()
        except OSError:
            # It is being removed.
            return self.last
        self.kind, self.last, self.now = group.kind, counts, counts.whole
        for leaf, count in _counts(counts).items():
            self._highest[leaf] = max(self._highest.get(leaf, 0), count.charged_bytes)
        # The kernel keeps no peak of it.
        self._anonymous = max(self._anonymous, counts.whole.anonymous_bytes)
        return counts

    def charged_peak_bytes(self, leaf: str = WHOLE) -> int | None:
        """Return the most that was charged to a leaf, or to all; None where it is in no cgroup.

        Where the kernel keeps no peak, or one from before that was not reached again, the most
        that was charged at a sample.
        """
        if self.last is None or leaf not in _counts(self.last):
            return None
        peak = _counts(self.last)[leaf].charged_peak_bytes
        before = _counts(self.first).get(leaf) if self.first else None
        higher = peak is not None and (
            before is None or before.charged_peak_bytes is None or peak > before.charged_peak_bytes
        )
        return peak if higher else self._highest.get(leaf)

    def anonymous_peak_bytes(self) -> int | None:
        """Return the most anonymous memory that there was at a sample."""
        return None if self.last is None else self._anonymous

    def oom_kills(self) -> dict[str, int]:
        """Return how many processes of each leaf were killed for memory, without zeros."""
        if self.last is None:
            return {}
        before = self.first.oom_kills if self.first else {}
        lost = {leaf: n - before.get(leaf, 0) for leaf, n in self.last.oom_kills.items()}
        return {leaf: number for leaf, number in lost.items() if number}


def _counts(counts: TreeCounts) -> Mapping[str, Count]:
    return {WHOLE: counts.whole, **counts.leaves}


def cpu_s(begin: TreeCounts | None, end: TreeCounts | None, leaf: str = WHOLE) -> float | None:
    """Return the CPU seconds of a leaf, or of all, between two samples.

    Returns None where it is in no cgroup.
    """
    if end is None or leaf not in _counts(end):
        return None
    before = _counts(begin).get(leaf) if begin else None
    return _counts(end)[leaf].cpu_s - (before.cpu_s if before else 0.0)


def throttled_s(begin: TreeCounts | None, end: TreeCounts | None) -> float | None:
    """Return how long the quota held up the cgroup between two samples, over all cores."""
    if end is None:
        return None
    return end.whole.throttled_s - (begin.whole.throttled_s if begin else 0.0)
