"""Fixed moments: the multiples of an interval since a beginning."""


class Ticks:
    """Tells when the next moment is; being late for one does not move the others.

    `began` and all moments are readings of time.monotonic, in seconds. The first moment is one
    interval after the beginning. `missed` counts those that passed before anybody came.
    """

    def __init__(self, began: float, interval_s: float) -> None:
        self.missed = 0
        self._began = began
        self._interval_s = interval_s
        self._number = 1

    @property
    def next(self) -> float:
        """The moment that is due next."""
        return self._began + self._number * self._interval_s

    def take_due(self, now: float) -> bool:
        """Return whether a moment is due at `now`; if it is, the next moment lies after `now`."""
        passed = int((now - self._began) / self._interval_s)
        due = passed >= self._number
        if due:
            self.missed += passed - self._number
            self._number = passed + 1
        return due
