"""The backend native: each service is a process of this machine."""

from harness.cluster.backends.local import LocalBackend


class NativeBackend(LocalBackend):
    """A cluster whose services are children of the supervisor itself."""

    # Class-data archives save a third to a half of a start's CPU time.
    can_warm_up = True
