"""Runs experiments inside one environment: JSON comes in, one JSON line leaves for each outcome.

It runs as `python -m lab.worker OUTCOMES < experiments` and leaves with `os._exit`, since an
experiment about waiting for ever leaves a thread behind that does.
"""

from __future__ import annotations

import asyncio
import collections
import collections.abc
import contextlib
import inspect
import json
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

from lab import probe, signatures, values
from lab.server import Server

#: How many experiments that only wait may wait side by side.
_WAITERS = 8


def main() -> None:
    """Runs every experiment and writes each outcome as soon as it is there."""
    warnings.simplefilter("ignore")
    job = json.load(sys.stdin)
    os.environ.update(job["environ"])
    probe.stay_home()
    probe.install()
    with Path(sys.argv[1]).open("w", encoding="utf-8") as out:
        writer = _Writer(out)
        quick = [it for it in job["experiments"] if not it.get("waits")]
        for experiment in quick:
            writer.write(_bounded(experiment))
        # Whoever waits does nothing meanwhile, so these can share a processor.
        with ThreadPoolExecutor(_WAITERS) as pool:
            slow = [it for it in job["experiments"] if it.get("waits")]
            for outcome in pool.map(_bounded, slow):
                writer.write(outcome)
    os._exit(0)


class _Writer:
    """Outcomes, one JSON text a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, outcome: dict[str, Any]) -> None:
        """Writes one and makes sure that it survives us."""
        self._out.write(json.dumps(outcome) + "\n")
        self._out.flush()


def _bounded(experiment: dict[str, Any]) -> dict[str, Any]:
    """Runs one experiment, and leaves it behind when its limit has passed."""
    run = _KINDS[experiment["kind"]]
    outcome: dict[str, Any] = {"id": experiment["id"]}
    thread = threading.Thread(target=_guarded, args=(run, experiment, outcome), daemon=True)
    thread.start()
    thread.join(experiment["limit"])
    # A copy, because the thread may still write into its own.
    return {"ended": not thread.is_alive()} | dict(outcome)


def _guarded(run: Any, experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    try:
        run(experiment, outcome)
    except BaseException as error:
        outcome["error"] = _told(error)


def _told(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300] if lines else ''}"


def _paths(experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Whether each path can be imported, and whether all mean the same thing."""
    outcome["paths"] = found = {}
    for path in experiment["paths"]:
        try:
            thing = values.find(path)
        except Exception as error:
            found[path] = {"error": _told(error)}
        else:
            found[path] = {"is": signatures.identity(thing)}
    outcome["moot"] = all("error" in it for it in found.values())


def _signature(experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Which arguments a class or function takes; `moot` when this version has it nowhere."""
    for path in experiment["paths"]:
        try:
            thing = values.find(path)
        except Exception as error:
            outcome["error"] = _told(error)
        else:
            outcome["signature"] = signatures.of(thing)
            return
    outcome["moot"] = True


def _request(experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    """What becomes of a call whose server behaves badly."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server(experiment["server"]))
        probe.forget(server.port)
        if experiment.get("everywhere"):
            stack.enter_context(probe.diverted(server.port))
        try:
            _call(experiment, server, outcome)
        finally:
            _observe(server, outcome)


def _observe(server: Server, outcome: dict[str, Any]) -> None:
    outcome["requests"] = len(server.requests)
    outcome["connections"] = server.connections
    outcome["pauses"] = server.pauses()
    outcome["wire"] = probe.seen(server.port)


def _call(experiment: dict[str, Any], server: Server, outcome: dict[str, Any]) -> None:
    threading.Thread(target=_watch, args=(server, outcome), daemon=True).start()
    if experiment["asynchronous"]:
        asyncio.run(_call_asynchronously(experiment, server, outcome))
        return
    with _stages(outcome) as start:
        result = values.built(experiment["make"], server.url)
        start()
        for method, args, kwargs in values.built(experiment["steps"], server.url):
            result = _member(result, method)(*args, **kwargs)
        if isinstance(result, collections.abc.Iterator):
            collections.deque(result, maxlen=0)


async def _call_asynchronously(
    experiment: dict[str, Any], server: Server, outcome: dict[str, Any]
) -> None:
    with _stages(outcome) as start:
        # Inside, because some clients tie themselves to the loop in which they are made.
        result = values.built(experiment["make"], server.url)
        start()
        for method, args, kwargs in values.built(experiment["steps"], server.url):
            result = _member(result, method)(*args, **kwargs)
            if inspect.isawaitable(result):
                result = await result
        if isinstance(result, collections.abc.AsyncIterator):
            async for _ in result:
                pass


@contextlib.contextmanager
def _stages(outcome: dict[str, Any]) -> collections.abc.Iterator[Callable[[], None]]:
    """Notes how far a call came, and how long it took from the moment when `start` was called."""
    outcome["stage"] = "make"
    started: list[float] = []

    def start() -> None:
        outcome["stage"] = "call"
        started.append(time.monotonic())

    try:
        yield start
        outcome["stage"] = "done"
    finally:
        if started:
            outcome["seconds"] = round(time.monotonic() - started[0], 3)


def _watch(server: Server, outcome: dict[str, Any]) -> None:
    """Keeps the outcome up to date, for experiments that are left behind."""
    while "seconds" not in outcome and "error" not in outcome:
        _observe(server, outcome)
        time.sleep(0.05)


def _member(target: Any, path: str) -> Any:
    for part in path.split("."):
        target = getattr(target, part)
    return target


def _repeat(experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    """How often a library calls what always fails."""
    values.find("lab.repeats").run(experiment, outcome)


def _steps(experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    """How many steps an agent takes; `moot` when this version has no such agent."""
    try:
        values.find(experiment["path"])
    except (AttributeError, ModuleNotFoundError):
        outcome["moot"] = True
        return
    # Imported late, since it needs LangChain.
    values.find("lab.loops").run(experiment, outcome)


_KINDS = {
    "paths": _paths,
    "signature": _signature,
    "request": _request,
    "repeat": _repeat,
    "steps": _steps,
}

if __name__ == "__main__":
    main()
