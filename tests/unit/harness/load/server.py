"""A web server that answers or fails as a request's path says, and knows what it was sent."""

import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\naccepted\n"
# The linger time of 0 s makes close() a reset.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Server(socketserver.ThreadingTCPServer):
    """One on a port of loopback: `/reset`, `/closed`, `/part` and `/stall` fail.

    `/503` is answered with this status, so are other numbers, and any other path with 200, after
    `answer` has been called with it. `requests` are the heads that came, in their order.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer: Callable[[str], None], port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.answer = answer
        self.port: int = self.server_address[1]
        self.requests: list[str] = []
        self.connections: list[socket.socket] = []
        self.over = threading.Event()

    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [head.split()[1] for head in self.requests]


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    server: Server

    def handle(self) -> None:
        """Answers request after request, as long as they come."""
        self.server.connections.append(self.request)
        while head := self._head():
            self.server.requests.append(head)
            path = head.split()[1]
            kind = path.partition("?")[0].strip("/")
            if kind == "reset":
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            if kind in ("reset", "closed"):
                return
            if kind == "part":
                self.wfile.write(OK[:-3])
                return
            if kind == "stall":
                self.server.over.wait()
                return
            if kind.isdecimal():
                self.wfile.write(f"HTTP/1.1 {kind} So\r\nContent-Length: 0\r\n\r\n".encode())
            else:
                self.server.answer(path)
                self.wfile.write(OK)

    def finish(self) -> None:
        """Closes the socket here: the server would first send what a reset is not to send."""
        self.request.close()

    def _head(self) -> str:
        lines = []
        try:
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                lines.append(line.decode())
        except ConnectionError:
            return ""
        return "".join(lines)


@contextmanager
def running(answer: Callable[[str], None] = lambda _: None, port: int = 0) -> Iterator[Server]:
    """A server that is there meanwhile, and whose connections end with it."""
    with Server(answer, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
            for connection in server.connections:
                # Most are closed by now.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def slow(_path: str) -> None:
    """Takes a moment for an answer."""
    time.sleep(0.02)
