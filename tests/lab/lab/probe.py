"""Records the timeout with which each HTTP request leaves its library."""

from __future__ import annotations

import contextlib
import functools
import importlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

#: What a request left with: the library, and in seconds how long it waits to connect, for each
#: read, and in total. None is no limit.
Wire = dict[str, Any]

_seen: dict[int, list[Wire]] = {}
_lock = threading.Lock()

#: An address that no machine has: what a foreign name leads to while somebody is diverted.
_NOWHERE = "240.0.0.1"

#: The port of this machine at which connections to other hosts arrive instead.
_diverted: ContextVar[int | None] = ContextVar("diverted", default=None)


def install() -> None:
    """Watches every HTTP library that is installed; call it before they are used."""
    for name, hook in _HOOKS.items():
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        hook(module)


def forget(port: int) -> None:
    """Drops what left for a port that another server had before."""
    with _lock:
        _seen.pop(port, None)


def seen(port: int) -> list[Wire]:
    """The requests that left for a port of this machine, in order."""
    with _lock:
        return list(_seen.get(port, []))


def stay_home() -> None:
    """Refuses every connection that would leave this machine, unless it is diverted."""
    sys.addaudithook(_refuse)
    _divertible()


@contextlib.contextmanager
def diverted(port: int) -> Iterator[None]:
    """Lets whatever this thread and its tasks send to other hosts arrive at a port of ours.

    For classes whose address is written into them. TLS begins there and gets no further.
    """
    before = _diverted.set(port)
    try:
        yield
    finally:
        _diverted.reset(before)


def _divertible() -> None:
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    @functools.wraps(resolve)
    def resolved(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return resolve(host, port, *args, **kwargs)
        except ConnectionRefusedError:
            # Event loops resolve in threads of their own, so here nobody knows for whom.
            kind, protocol = socket.SOCK_STREAM, socket.IPPROTO_TCP
            address = (_NOWHERE, port if isinstance(port, int) else 0)
            return [(socket.AF_INET, kind, protocol, "", address)]

    @functools.wraps(connect)
    def connected(own: socket.socket, address: Any) -> None:
        port = _diverted.get()
        away = isinstance(address, tuple) and address[0] == _NOWHERE
        connect(own, ("127.0.0.1", port) if away and port else address)

    socket.getaddrinfo = resolved
    socket.socket.connect = connected  # type: ignore[method-assign]


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name not in (None, "", "127.0.0.1", "::1", "localhost"):
        raise ConnectionRefusedError(f"the lab does not let anything out, not even to {name}")


def _record(
    library: str, port: int | None, connect: object, read: object, total: object = None
) -> None:
    wire = {"library": library, "connect": connect, "read": read, "total": total}
    with _lock:
        _seen.setdefault(_diverted.get() or port or 0, []).append(wire)


def _wrap(owner: Any, name: str, before: Callable[..., None]) -> None:
    """Calls `before` with the arguments of a method, and then the method."""
    method = getattr(owner, name)

    @functools.wraps(method)
    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        before(self, *args, **kwargs)
        return method(self, *args, **kwargs)

    setattr(owner, name, watched)


def _httpx(module: Any) -> None:
    def before(_client: Any, request: Any, **_: Any) -> None:
        limits = request.extensions.get("timeout", {})
        _record(module.__name__, request.url.port, limits.get("connect"), limits.get("read"))

    _wrap(module.Client, "send", before)
    _wrap(module.AsyncClient, "send", before)


def _urllib3(module: Any) -> None:
    # `requests` and `botocore` send through it, so that one place sees all three.
    def before(pool: Any, *_: Any, **kwargs: Any) -> None:
        # The pool's own reading of the argument, since a token of urllib3 stands for "omitted".
        limits = pool._get_timeout(kwargs.get("timeout", pool.timeout))
        connect, total = _seconds(limits.connect_timeout), _seconds(limits.total)
        # What is left for reading is not known before it is connected.
        read = _seconds(limits.read_timeout) if total is None else total
        _record("urllib3", pool.port, connect, read, total)

    _wrap(module.connectionpool.HTTPConnectionPool, "urlopen", before)


def _seconds(limit: object) -> float | None:
    return limit if isinstance(limit, int | float) else None


def _aiohttp(module: Any) -> None:
    def before(session: Any, _method: str, url: Any, **kwargs: Any) -> None:
        limits = kwargs.get("timeout")
        if limits is None or type(limits).__name__ == "_SENTINEL":
            limits = session.timeout
        if not isinstance(limits, module.ClientTimeout):
            limits = module.ClientTimeout(total=limits)
        connect = limits.sock_connect or limits.connect
        _record("aiohttp", urlsplit(str(url)).port, connect, limits.sock_read, limits.total)

    _wrap(module.ClientSession, "_request", before)


def _standard(module: Any) -> None:
    # A subclass of urllib3's opens its socket in a `connect` of its own, so nothing counts twice.
    def before(connection: Any) -> None:
        limit = _seconds(connection.timeout)
        _record("http.client", connection.port, limit, limit)

    _wrap(module.HTTPConnection, "connect", before)


_HOOKS: dict[str, Callable[[Any], None]] = {
    "httpx": _httpx,
    "httpx2": _httpx,
    "urllib3": _urllib3,
    "aiohttp": _aiohttp,
    "http.client": _standard,
}
