"""The load tool of interleaved loads: sends every request of a schedule, failed or not.

A program of its own, run within the budget: `python -m harness.load.client`. It reads the file of
harness/load/schedule.py and adds a tab-separated line to the file of outcomes for each request that
has ended: its line in the schedule (from 0); the second of Unix time in which it was begun; when it
was due, could be begun, was begun and ended, in seconds as time.monotonic has them; 1 if it was
sent; and its outcome, which is a status of HTTP or one of the words below. A request could be begun
once it was due, a connection was free, and its route did not wait for the requests before.

At the end it prints the CPU seconds that sending took, without the start of Python.
"""

import argparse
import errno
import math
import os
import resource
import select
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import pycurl

REFUSED = "refused"
RESET = "reset"
TIMED_OUT = "timed out"

# libcurl's codes of a broken connection; it aborts a request that it would send a second time.
_BROKEN = {
    pycurl.E_SEND_ERROR,
    pycurl.E_RECV_ERROR,
    pycurl.E_GOT_NOTHING,
    pycurl.E_PARTIAL_FILE,
    pycurl.E_ABORTED_BY_CALLBACK,
}
# libcurl's flags of awaited events as epoll's, and epoll's flags of found events as libcurl's.
_TO_EPOLL = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}
_FROM_EPOLL = {select.EPOLLIN: pycurl.CSELECT_IN, select.EPOLLOUT: pycurl.CSELECT_OUT}


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the schedule; `due_s` is from the start, None where it is due at any time."""

    number: int
    due_s: float | None
    path: str


@dataclass(slots=True)
class Lane:
    """The requests of one route, which keep their order.

    Those of one path go out side by side: the app cannot tell them apart. The first of another
    path begins when all before it have ended: from `opened` on, by time.monotonic.
    """

    waiting: deque[Request] = field(default_factory=deque)
    path: str = ""
    under_way: int = 0
    opened: float = 0.0
    _emptied: float = 0.0

    def head(self) -> Request | None:
        """Return the next request that may begin once it is due, None where there is none."""
        if self.waiting and (not self.under_way or self.waiting[0].path == self.path):
            return self.waiting[0]
        return None

    def begin(self) -> None:
        """Take the head out of the queue."""
        path = self.waiting.popleft().path
        if path != self.path:
            self.path, self.opened = path, self._emptied
        self.under_way += 1

    def end(self, moment: float) -> None:
        """Note that a request has ended."""
        self.under_way -= 1
        if not self.under_way:
            self._emptied = moment


class Connection:
    """A handle of libcurl: one request at a time."""

    def __init__(self, host: str, keep_alive: bool, within_s: float) -> None:
        self.curl = pycurl.Curl()
        self.lane = Lane()
        self.request = Request(0, None, "")
        self.second = 0
        self.ready = 0.0
        self.begun = 0.0
        self.sent = False
        self.curl.setopt(pycurl.HTTPHEADER, [f"Host: {host}"])
        # By default it names a dozen libraries, which would go into each event.
        self.curl.setopt(pycurl.USERAGENT, pycurl.version.partition(" ")[0])
        self.curl.setopt(pycurl.TIMEOUT_MS, round(within_s * 1000))
        self.curl.setopt(pycurl.FORBID_REUSE, not keep_alive)
        self.curl.setopt(pycurl.PROXY, "")
        self.curl.setopt(pycurl.PATH_AS_IS, True)
        self.curl.setopt(pycurl.NOSIGNAL, True)
        self.curl.setopt(pycurl.WRITEFUNCTION, len)
        self.curl.setopt(pycurl.PREREQFUNCTION, self._send)

    def begin(self, lane: Lane, request: Request, url: str, ready: float) -> None:
        """Set the handle up for a request that could be begun from the moment `ready` on."""
        self.lane, self.request = lane, request
        self.second, self.begun, self.sent = int(time.time()), time.monotonic(), False
        self.ready = min(ready, self.begun)
        self.curl.setopt(pycurl.URL, url + request.path)

    def _send(self, *_: object) -> int:
        """Let a request out once.

        Where a kept connection breaks before an answer, libcurl sends a GET again by itself; here
        each makes an event.
        """
        if self.sent:
            return pycurl.PREREQFUNC_ABORT
        self.sent = True
        return pycurl.PREREQFUNC_OK


class Sockets:
    """The sockets of a multi handle, waited for by epoll.

    libcurl's own way to wait looks at each at every turn: 512 that hang took 0.44 of a core, and so
    they take 0.01.
    """

    def __init__(self, multi: pycurl.CurlMulti) -> None:
        self.multi = multi
        self.epoll = select.epoll()
        self.watched: set[int] = set()
        # When libcurl wants to be called though no socket is ready, by time.monotonic.
        self.wake = math.inf
        multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        multi.setopt(pycurl.M_TIMERFUNCTION, self._set_wake)

    def wait(self, until: float) -> None:
        """Let libcurl work on its sockets, or wait for one until a reading of the clock."""
        wait_s = max(0.0, min(until, self.wake) - time.monotonic())
        for socket, found in self.epoll.poll(None if math.isinf(wait_s) else wait_s):
            flags = sum(flag for event, flag in _FROM_EPOLL.items() if found & event)
            self.multi.socket_action(socket, flags)
        if time.monotonic() >= self.wake:
            self.wake = math.inf
            self.multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def _watch(self, what: int, socket: int, *_: object) -> None:
        if what == pycurl.POLL_REMOVE:
            self.watched.remove(socket)
            self.epoll.unregister(socket)
        elif socket in self.watched:
            self.epoll.modify(socket, _TO_EPOLL[what])
        else:
            self.watched.add(socket)
            self.epoll.register(socket, _TO_EPOLL[what])

    def _set_wake(self, wait_ms: int) -> None:
        self.wake = math.inf if wait_ms < 0 else time.monotonic() + wait_ms / 1000


class LoadClient:
    """Sends the requests of a schedule over at most so many connections at once."""

    def __init__(self, url: str, connections: list[Connection], outcomes: TextIO) -> None:
        self.url = url
        self.outcomes = outcomes
        self.idle = connections
        self.freed = 0.0
        self.busy: dict[pycurl.Curl, Connection] = {}
        self.lanes: dict[str, Lane] = {}
        self.start = 0.0
        self.multi = pycurl.CurlMulti()
        # By default it keeps four times as many connections as requests are under way.
        self.multi.setopt(pycurl.M_MAXCONNECTS, len(connections))
        self.sockets = Sockets(self.multi)

    def send(self, schedule: Path) -> float:
        """Send every request, write the result of each, and return the CPU seconds that took."""
        for number, line in enumerate(schedule.read_text(encoding="utf-8").splitlines()):
            due_s, route, path = line.split("\t")
            lane = self.lanes.setdefault(route, Lane())
            lane.waiting.append(Request(number, float(due_s) if due_s else None, path))
        self.start, used_before_s = time.monotonic(), time.process_time()
        while self.busy or any(lane.waiting for lane in self.lanes.values()):
            self.sockets.wait(self._begin())
            self._end()
        return time.process_time() - used_before_s

    def _begin(self) -> float:
        """Begin the due requests while connections are free; return when the next is due."""
        lanes = self.lanes.values()
        while self.idle:
            heads = [(head.number, head, lane) for lane in lanes if (head := lane.head())]
            if not heads:
                break
            _, request, lane = min(heads)
            due = self.start + (request.due_s or 0)
            if due > time.monotonic():
                return due
            lane.begin()
            ready = math.inf if request.due_s is None else max(due, self.freed, lane.opened)
            connection = self.idle.pop()
            connection.begin(lane, request, self.url, ready)
            self.busy[connection.curl] = connection
            self.multi.add_handle(connection.curl)
        return math.inf

    def _end(self) -> None:
        """Write the results of ended requests, and free their connections."""
        left = 1
        while left:
            left, answered, failed = self.multi.info_read()
            for curl in answered:
                self._write(curl, str(curl.getinfo(pycurl.RESPONSE_CODE)))
            for curl, code, text in failed:
                os_error, sent = curl.getinfo(pycurl.OS_ERRNO), self.busy[curl].sent
                self._write(curl, outcome(code, text, os_error, sent))

    def _write(self, curl: pycurl.Curl, ended_how: str) -> None:
        ended = time.monotonic()
        self.multi.remove_handle(curl)
        connection = self.busy.pop(curl)
        connection.lane.end(ended)
        if not self.idle:
            # Until now, whatever was due waited for a connection.
            self.freed = ended
        self.idle.append(connection)
        request, begun = connection.request, connection.begun
        due = begun if request.due_s is None else self.start + request.due_s
        self.outcomes.write(
            f"{request.number}\t{connection.second}\t{due:.6f}\t{connection.ready:.6f}"
            f"\t{begun:.6f}\t{ended:.6f}\t{connection.sent:d}\t{ended_how}\n"
        )


def outcome(code: int, text: str, os_error: int, sent: bool) -> str:
    """Return the outcome of a request that libcurl gave up with `code`.

    Raises OSError or pycurl.error where it was not the server that failed.
    """
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return TIMED_OUT
    # One that was sent broke off before libcurl tried to connect for it again.
    if code in _BROKEN or (code == pycurl.E_COULDNT_CONNECT and sent):
        return RESET
    if code != pycurl.E_COULDNT_CONNECT:
        raise pycurl.error(code, text)
    if os_error != errno.ECONNREFUSED:
        raise OSError(os_error, f"{os.strerror(os_error)}: {text}")
    return REFUSED


def main() -> None:
    """Send a schedule, and write the result of each request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="of the app, without a path")
    parser.add_argument("--host", required=True, help="the header Host")
    parser.add_argument("--connections", type=int, required=True, help="at once, at most")
    parser.add_argument("--keep-alive", action="store_true")
    parser.add_argument("--within", type=float, required=True, help="seconds for one answer")
    parser.add_argument("schedule", type=Path)
    parser.add_argument("outcomes", type=Path)
    options = parser.parse_args()
    # A connection is an open file, of which a shell often allows 1,024.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    connections = [
        Connection(options.host, options.keep_alive, options.within)
        for _ in range(options.connections)
    ]
    # By the line: results stay also when this process is killed.
    with options.outcomes.open("a", encoding="utf-8", buffering=1) as outcomes:
        print(LoadClient(options.url, connections, outcomes).send(options.schedule))


if __name__ == "__main__":
    main()
