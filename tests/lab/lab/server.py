"""A server on the loopback interface that behaves badly in one way, and remembers who asked."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

#: How the server can behave; a number after the colon is what it takes.
BEHAVIOURS = """\
hang            read the request and never answer
deaf            accept the connection and never read
trickle:S       answer 200 and then one byte every S seconds, for ever
events:S        answer 200 and then one comment of an event stream every S seconds, for ever
status:CODE     answer CODE at once
slow:S          answer 200 with an empty object after S seconds
chat:S          answer as a chat model after S seconds: call the first tool on offer, or say a word
reset           read the request and close the connection"""

_HEAD_END = b"\r\n\r\n"

#: How a TLS handshake begins.
_HANDSHAKE = b"\x16"
_REASONS = {200: "OK", 400: "Bad Request", 429: "Too Many Requests", 503: "Service Unavailable"}


@dataclass
class Request:
    """One request that arrived: when, on the monotonic clock, and what it asked for."""

    at: float
    line: str
    body: bytes = field(default=b"", repr=False)


class Server:
    """Listens from its making until `close`, one thread for each connection."""

    def __init__(self, behaviour: str, port: int = 0) -> None:
        """Starts to listen, on a free port unless one is given."""
        self._behaviour, _, argument = behaviour.partition(":")
        self._argument = float(argument or 0)
        self._closed = threading.Event()
        self._connections: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[Request] = []
        self._answers = {
            "hang": self._hang,
            "trickle": self._trickle,
            "events": self._events,
            "status": self._status,
            "slow": self._slow,
            "chat": self._chat,
            "reset": lambda _connection: False,
        }
        if self._behaviour != "deaf" and self._behaviour not in self._answers:
            raise ValueError(f"no behaviour `{behaviour}`")
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        """Gives itself, for `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes every connection."""
        self.close()

    def close(self) -> None:
        """Stops listening and drops whoever still waits."""
        self._closed.set()
        with self._lock:
            sockets = [self._listener, *self._connections]
        for it in sockets:
            with contextlib.suppress(OSError):
                it.shutdown(socket.SHUT_RDWR)
            it.close()

    @property
    def connections(self) -> int:
        """How many callers there were, whether or not they asked for anything."""
        with self._lock:
            return len(self._connections)

    def pauses(self) -> list[float]:
        """Seconds between each request and the one before it."""
        times = [it.at for it in self.requests]
        return [round(later - sooner, 3) for sooner, later in itertools.pairwise(times)]

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._behaviour == "deaf":
                self._closed.wait()
                return
            rest = b""
            while not self._closed.is_set():
                request, rest = _read(connection, rest)
                if request is None:
                    return
                self.requests.append(request)
                if not self._answers[self._behaviour](connection):
                    return
        except OSError:
            return
        finally:
            connection.close()

    def _hang(self, _connection: socket.socket) -> bool:
        self._closed.wait()
        return False

    def _trickle(self, connection: socket.socket) -> bool:
        return self._repeat(connection, "application/json", b" ")

    def _events(self, connection: socket.socket) -> bool:
        return self._repeat(connection, "text/event-stream", b": still here\n\n")

    def _repeat(self, connection: socket.socket, kind: str, piece: bytes) -> bool:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        while not self._closed.wait(self._argument):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        return False

    def _status(self, connection: socket.socket) -> bool:
        message = {"error": {"message": "refused by the lab", "type": "lab"}, "message": "refused"}
        return _answer(connection, int(self._argument), message)

    def _slow(self, connection: socket.socket) -> bool:
        self._closed.wait(self._argument)
        return _answer(connection, 200, {})

    def _chat(self, connection: socket.socket) -> bool:
        request = self.requests[-1]
        self._closed.wait(self._argument)
        return _answer(connection, 200, _completion(json.loads(request.body or b"{}")))


def _completion(request: dict[str, Any]) -> dict[str, Any]:
    """A chat completion that calls the first tool of a request, with a text for each argument."""
    message: dict[str, Any] = {"role": "assistant", "content": "More."}
    if tools := request.get("tools"):
        function = tools[0]["function"]
        arguments = json.dumps(dict.fromkeys(function["parameters"]["properties"], "here"))
        call = {"name": function["name"], "arguments": arguments}
        message["tool_calls"] = [{"id": "call-1", "type": "function", "function": call}]
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    head = {"id": "lab", "object": "chat.completion", "created": 0, "model": "lab"}
    return {**head, "choices": [choice]}


def _answer(connection: socket.socket, code: int, message: object) -> bool:
    """Sends a whole answer; the connection can be used again."""
    body = json.dumps(message).encode()
    head = (
        f"HTTP/1.1 {code} {_REASONS.get(code, 'Status')}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return True


def _read(connection: socket.socket, data: bytes) -> tuple[Request | None, bytes]:
    """The next request on a connection and what came after it; none when the caller hung up.

    Of a caller who wants TLS that is the handshake, to which any answer is a wrong one.
    """
    while _HEAD_END not in data:
        more = connection.recv(65536)
        if not more:
            return None, b""
        data += more
        if data.startswith(_HANDSHAKE):
            return Request(time.monotonic(), "a TLS handshake"), b""
    at = time.monotonic()
    head, data = data.split(_HEAD_END, 1)
    line, *headers = head.decode("latin-1").split("\r\n")
    names = {
        name.strip().lower(): value for name, _, value in (it.partition(":") for it in headers)
    }
    chunked = "chunked" in names.get("transfer-encoding", "").lower()
    length = int(names.get("content-length", "0"))
    while not data.endswith(b"0\r\n\r\n") if chunked else len(data) < length:
        more = connection.recv(65536)
        if not more:
            break
        data += more
    if chunked:
        return Request(at, line, data), b""
    return Request(at, line, data[:length]), data[length:]


def main() -> None:
    """Serves until it is stopped, for trying things by hand."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=BEHAVIOURS, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("behaviour", nargs="?", default="hang")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    arguments = parser.parse_args()
    with Server(arguments.behaviour, arguments.port) as server:
        print(server.url, flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
