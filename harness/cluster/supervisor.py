"""The background process that owns a cluster's services: starts, watches and stops them.

Run as `python -m harness.cluster.supervisor ROOT FOLDER`. It takes one JSON object a line on the
Unix socket `FOLDER/control`, and answers each with one. Its state is in `FOLDER/state.json`.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.cgroup import LOAD_TOOL, Group, compute_limits, create_tree, kills
from harness.cluster import socket_filter
from harness.cluster.backends.backend import Backend
from harness.cluster.backends.registry import find_backend
from harness.cluster.restart import Restarter
from harness.cluster.services import registry
from harness.cluster.services.service import LATE, Service, ServiceContext
from harness.cluster.state import Health, State, Status, control_socket
from harness.config import layers
from harness.errors import HarnessError, ServiceFailed
from harness.system import crash, process
from harness.system.child_environment import TOKEN, create_environment

PROBE_INTERVAL_S = 0.2
OWNER_INTERVAL_S = 1.0
LAST_LINES = 15
ARCHIVE_S = 60.0
ENDED = "read its log; `harness doctor` shows what is missing on this machine"


class Child:
    """A service that was started, and what became of it."""

    def __init__(self, service: Service, running: asyncio.subprocess.Process) -> None:
        self.service = service
        self.process = running
        self.watch: asyncio.Future[None] | None = None
        self.stopping = False


class Supervisor:
    """Owns every child of one cluster; its methods run on one event loop."""

    def __init__(self, backend: Backend, context: ServiceContext, state: State) -> None:
        self.backend = backend
        self.context = context
        self.state = state
        self.children: dict[str, Child] = {}
        self.finished = asyncio.Event()
        self.requests: set[asyncio.Task[None]] = set()
        self.restarter = Restarter(
            state, lambda: self.context.config.restart, self.revive, self.note
        )

    async def run(self) -> None:
        """Serve until told to finish, the owner is gone, or a signal comes, then stop all."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.finished.set)
        with control_socket(self.context.folder) as path:
            server = await asyncio.start_unix_server(self.serve, path)
        if not self.state.warming_up:
            self.state.group = self.make_group()
        self.state.supervisor = process.Identity.from_pid(os.getpid())
        self.save()
        owner = asyncio.ensure_future(self.watch_owner())
        await self.finished.wait()
        server.close()
        owner.cancel()
        for request in self.requests:
            request.cancel()
        await asyncio.gather(*self.requests, return_exceptions=True)
        try:
            await self.stop(set(self.state.services))
        except Exception:  # noqa: BLE001 - a full disk or a fault of ours leaves no service behind
            traceback.print_exc()
        # What left its service's session, or was being started just now, is still ours.
        left = process.find_ours(self.state.token)
        process.end_all(left, grace_s=2 * self.context.config.deadlines.patience)
        if self.state.group is not None:
            self.state.group.remove()
        try:
            await asyncio.to_thread(self.backend.release, self.context.config)
        except HarnessError:
            # Whoever closes the cluster tries again, and tells.
            traceback.print_exc()
        else:
            State.path(self.context.folder).unlink(missing_ok=True)

    def make_group(self) -> Group | None:
        """Make the cgroup that holds the cluster to its budget; None where none can be made."""

        def note(group: Group) -> None:
            self.state.group = group
            self.save()

        weights = {
            service.name: service.cpu_weight
            for service in self.backend.create_services(self.context)
        }
        limits = compute_limits(self.context.config.budget)
        group = create_tree(self.state.token, limits, [LOAD_TOOL, *weights], note)
        if group is not None:
            for leaf, weight in weights.items():
                group.weigh(leaf, weight)
        return group

    async def watch_owner(self) -> None:
        """Finish when the cluster's owner is gone."""
        try:
            while self.state.owner is None or self.state.owner.alive():
                await asyncio.sleep(OWNER_INTERVAL_S)
        finally:
            self.finished.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        task = asyncio.current_task()
        assert task is not None
        self.requests.add(task)
        task.add_done_callback(self.requests.discard)
        reply: dict[str, str | int | None] = {}
        try:
            with crash.translated(self.context.log("supervisor")):
                await self.answer(json.loads(await reader.readline()))
        except HarnessError as error:
            reply = error.as_dict()
        # A caller that was interrupted does not wait for its answer.
        with contextlib.suppress(ConnectionError):
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
            writer.close()

    async def answer(self, request: dict[str, Any]) -> None:
        """Carry out a request: start or stop services, or finish."""
        match request["do"]:
            case "start":
                config = layers.restore_config(request["config"])
                addresses = self.backend.addresses(config)
                self.context = replace(self.context, config=config, addresses=addresses)
                self.state.config = request["config"]
                await self.start(set(request["services"]))
            case "stop":
                await self.stop(set(request["services"]))
            case "finish":
                self.finished.set()

    async def start(self, names: set[str]) -> None:
        """Start services, each once the services it needs are ready, and wait for all.

        Raises the error of the first that fails.
        """
        wanted = [
            service
            for service in self.backend.create_services(self.context)
            if service.name in names and self.state.health(service.name) is not Health.READY
        ]
        # One whose leader died, or that never became ready, may still hold its ports.
        await self.stop({service.name for service in wanted})
        for service in wanted:
            service.claim_ports()
        for service in wanted:
            self.state.services[service.name] = Status(health=Health.WAITING)
        self.save()
        tasks = [asyncio.ensure_future(self.start_one(service)) for service in wanted]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def start_one(self, service: Service) -> None:
        """Start one service and wait until it is ready."""
        ours = {other.name for other in self.backend.create_services(self.context)}
        needs = ours.intersection(service.needs)
        while not all(self.state.health(name) is Health.READY for name in needs):
            self.check_memory()
            await asyncio.sleep(PROBE_INTERVAL_S / 2)
        started = time.monotonic()
        earlier = self.state.group.oom_kill(service.name) if self.state.group else 0
        self.note(service.name, health=Health.STARTING, oom_kills=earlier)
        await asyncio.to_thread(service.prepare)
        child = await self.launch(service)
        await self.wait_until_ready(child, started)
        await asyncio.to_thread(self.filter_sockets, child)
        self.note(service.name, health=Health.READY, ready_s=time.monotonic() - started)

    async def launch(self, service: Service) -> Child:
        """Execute the service's command in a session of its own, its output in its log."""
        command = service.command()
        log = self.context.log(service.name)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            running = await asyncio.create_subprocess_exec(
                *self.state.within_budget(service.name, command.arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.context.root,
                env=create_environment(self.backend.program, command.environment),
                start_new_session=True,
            )
        child = self.children[service.name] = Child(service, running)
        # One that has ended already, and was reaped, is for `wait_until_ready` to tell of.
        with contextlib.suppress(ProcessLookupError):
            self.note(service.name, leader=process.Identity.from_pid(running.pid))
        child.watch = asyncio.ensure_future(self.watch(child))
        return child

    async def watch(self, child: Child) -> None:
        """Wait for a service's end; one that nobody asked for is recorded or leads to a restart."""
        code = await child.process.wait()
        name = child.service.name
        # Whoever starts it again sees it end.
        if child.stopping or name in self.restarter.tasks:
            return
        if self.state.health(name) is Health.READY and self.restarter.may_restart(name):
            self.restarter.begin(child.service, code)
        else:
            self.note(name, health=Health.DIED, exit_code=code)

    async def revive(self, service: Service) -> int | None:
        """Restart a service once the services it needs work; returns its exit code if it ended.

        Nothing of its session is left before.
        """
        if service.name in self.children:
            await self.end(self.children[service.name])
        needed = [
            kind
            for kind in self.backend.create_services(self.context)
            if kind.name in service.needs
        ]
        while not all([await self.works(need) for need in needed]):
            await asyncio.sleep(PROBE_INTERVAL_S)
        try:
            await self.start_one(service)
        except ServiceFailed:
            child = self.children.get(service.name)
            return child.process.returncode if child else None
        return None

    async def works(self, service: Service) -> bool:
        """Return whether a service does its work now, by its probe."""
        try:
            await asyncio.to_thread(service.probe)
        except Exception:  # noqa: BLE001 - whatever a probe raises means: it does not
            return False
        return self.state.health(service.name) is Health.READY

    async def wait_until_ready(self, child: Child, started: float) -> None:
        """Probe until the service does its work; raises ServiceFailed when it ends or is late.

        Raises OverBudget when the kernel has killed a process of any service meanwhile.
        """
        name = child.service.name
        deadline = started + self.context.config.deadlines.start_s
        while True:
            try:
                await asyncio.to_thread(child.service.probe)
                return
            except Exception as error:  # noqa: BLE001 - whatever a probe raises means: not yet
                text = error.why if isinstance(error, HarnessError) else str(error)
                waiting = text.partition("\n")[0] or type(error).__name__
            self.check_memory()
            if child.process.returncode is not None:
                raise self.failed(name, f"it ended with exit code {child.process.returncode}")
            if time.monotonic() > deadline:
                seconds = self.context.config.deadlines.start_s
                raise self.failed(name, f"not ready after {seconds:g} s: {waiting}", LATE)
            self.note(name, waiting_for=waiting)
            await asyncio.sleep(PROBE_INTERVAL_S)

    def filter_sockets(self, child: Child) -> None:
        """Close a service to other hosts; a failure goes to the supervisor's log."""
        processes = process.find_ours(self.state.token, session=child.process.pid)
        for line in socket_filter.close_to_other_hosts(processes):
            print(f"{child.service.name}: {line}", file=sys.stderr, flush=True)

    def check_memory(self) -> None:
        """Raise OverBudget when the kernel has killed a process of a service."""
        killed = self.state.oom_kills()
        if killed and self.state.group is not None:
            raise kills.create_error(
                killed, self.state.group.read(), self.context.config.budget, self.context.log
            )

    def failed(self, name: str, why: str, do: str = ENDED) -> ServiceFailed:
        """Return the error of a service that does not start, with the last lines of its log."""
        log = self.context.log(name)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        return ServiceFailed(
            f"The service {name} did not start.",
            why="\n       ".join([why, *lines]),
            do=do,
            log=log,
        )

    async def stop(self, names: set[str]) -> None:
        """Stop services, those that nobody needs first, and every process of their sessions."""
        await self.restarter.cancel(names)
        for wave in registry.stop_order(names & set(self.children)):
            await asyncio.gather(*(self.stop_one(self.children[name]) for name in wave))
        for name in names:
            if self.state.health(name) is Health.RESTARTING:
                self.state.services[name] = Status(health=Health.STOPPED)
        self.save()

    async def stop_one(self, child: Child) -> None:
        """Stop a service."""
        await self.end(child)
        self.state.services[child.service.name] = Status(health=Health.STOPPED)
        self.save()

    async def end(self, child: Child) -> None:
        """End a service's leader, then whatever is left of its session."""
        child.stopping = True
        if child.process.returncode is None:
            child.process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.process.wait(), self.grace_s(child.service))
        left = process.find_ours(self.state.token, session=child.process.pid)
        await asyncio.to_thread(process.end_all, left, self.grace_s(child.service))
        await child.process.wait()
        del self.children[child.service.name]

    def grace_s(self, service: Service) -> float:
        """Return how long a service may take to end by itself; writing an archive takes longest."""
        return service.extend(ARCHIVE_S if self.state.warming_up else service.grace_s)

    def note(self, name: str, **changes: object) -> None:
        """Update a service's status, and save the state."""
        status = self.state.services[name]
        self.state.services[name] = status.model_copy(update={"waiting_for": "", **changes})
        self.save()

    def save(self) -> None:
        """Write the state file."""
        self.state.save(self.context.folder)


def main(root: Path, folder: Path) -> None:
    """Supervise the cluster that the state file in `folder` asks for."""
    state = State.read(folder)
    if state is None:
        raise SystemExit(f"no cluster is asked for in {folder}")
    config = layers.restore_config(state.config)
    # Detach from the caller, and go on in a session of its own.
    if os.fork():
        os._exit(0)
    os.setsid()
    # Inherited by all that is started from here.
    os.environ[TOKEN] = state.token
    backend = find_backend(root, folder, config)
    context = backend.create_context(config, warming_up=state.warming_up)
    asyncio.run(Supervisor(backend, context, state).run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
