"""Restarts of services that have died, by policy."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection

from harness.cluster.services.service import Service
from harness.cluster.state import Health, Restart, State
from harness.config import model
from harness.errors import HarnessError

Revive = Callable[[Service], Awaitable[int | None]]
"""Starts a service; returns its exit code where it ended before it was ready, None where late."""


def count_restarts(state: State, name: str, policy: model.RestartSettings, now: float) -> int:
    """Return how many restarts of a service in a row did not last; `now` is by time.monotonic."""
    number, died = 0, now
    for restart in reversed(state.restarts):
        if restart.service != name:
            continue
        if restart.ready is not None and died - restart.ready >= policy.steady_s:
            break
        number, died = number + 1, restart.died
    return number


def pause_s(policy: model.RestartSettings, before: int) -> float:
    """Return how long to wait after `before` restarts in a row."""
    return float(min(policy.backoff_s * 2**before, policy.backoff_max_s))


class Restarter:
    """Restarts services that have died, in tasks of the supervisor's loop."""

    def __init__(
        self,
        state: State,
        policy: Callable[[], model.RestartSettings],
        revive: Revive,
        note: Callable[..., None],
    ) -> None:
        self.state = state
        self.policy = policy
        self.revive = revive
        self.note = note
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def may_restart(self, name: str) -> bool:
        """Return whether the policy lets a service be restarted now."""
        return (
            count_restarts(self.state, name, self.policy(), time.monotonic()) < self.policy().limit
        )

    def begin(self, service: Service, code: int) -> None:
        """Take over a service that has just ended with `code`."""
        self.note(service.name, health=Health.RESTARTING, leader=None, exit_code=code)
        self.tasks[service.name] = asyncio.ensure_future(self._restart(service, code))

    async def cancel(self, names: Collection[str]) -> None:
        """Cancel the restarts of services that are to be stopped."""
        tasks = [self.tasks[name] for name in names if name in self.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for name in names:
            self.tasks.pop(name, None)

    async def _restart(self, service: Service, code: int | None) -> None:
        """Start the service until it is ready, or the policy's limit is reached."""
        try:
            while self.may_restart(service.name):
                code = await self._try(service, code)
                if self.state.health(service.name) is Health.READY:
                    return
            self.note(service.name, health=Health.DIED, exit_code=code)
        finally:
            self.tasks.pop(service.name, None)

    async def _try(self, service: Service, code: int | None) -> int | None:
        """Start the service once; returns its exit code where it ended."""
        before = count_restarts(self.state, service.name, self.policy(), time.monotonic())
        restart = Restart(service=service.name, died=time.monotonic(), exit_code=code)
        self.state.restarts.append(restart)
        self.note(service.name, health=Health.RESTARTING, leader=None)
        await asyncio.sleep(pause_s(self.policy(), before))
        # Its settings cannot be written either where no space is left.
        with contextlib.suppress(HarnessError, OSError):
            code = await self.revive(service)
        if self.state.health(service.name) is Health.READY:
            restart.ready = time.monotonic()
            self.note(service.name)
        return code
