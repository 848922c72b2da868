"""Runs inside an environment: how often, and with which pauses, a library calls what always fails.

Pauses are written down and not waited for, so that a library that pauses for minutes is a matter of
milliseconds. What a library decides by the clock is not seen this way.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from lab import values
from lab.server import Server

#: Calls after which a library is taken to go on for ever.
ENOUGH = 200


class Enough(BaseException):
    """Ends a library that would go on; it repeats exceptions, and this is none."""


class _Failing:
    """What always fails, and counts."""

    def __init__(self) -> None:
        self.calls = 0

    def function(self, *_: object, **__: object) -> None:
        """The same as a method, which has the name that some libraries ask for."""
        self()

    def __call__(self, *_: object, **__: object) -> None:
        self.calls += 1
        if self.calls >= ENOUGH:
            raise Enough
        raise ValueError("the lab refuses")

    async def coroutine(self, *_: object, **__: object) -> None:
        """The same, to be awaited."""
        self()


def run(experiment: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Notes the calls, the pauses in seconds, and the error at the end."""
    form = _FORMS[experiment["form"]]
    thing = values.find(experiment["path"]) if "path" in experiment else None
    keywords = values.built(experiment["keywords"], "")
    failing = _Failing()
    with _no_waiting() as pauses:
        try:
            if experiment["form"] in _SENDING:
                outcome["calls"] = _sent(form, thing, keywords)
            else:
                form(thing, keywords, failing)
        except Enough:
            outcome["endless"] = True
        except Exception as error:
            outcome["error"] = type(error).__name__
    outcome.setdefault("calls", failing.calls)
    outcome["pauses"] = [round(it, 3) for it in pauses]


@contextlib.contextmanager
def _no_waiting() -> Iterator[list[float]]:
    """Sleeping, in any thread, is written down instead: one such experiment runs at a time."""
    pauses: list[float] = []
    sleep, sleep_async = time.sleep, asyncio.sleep

    def noted(seconds: float) -> None:
        pauses.append(seconds)

    async def noted_async(seconds: float, *args: Any) -> Any:
        pauses.append(seconds)
        return await sleep_async(0, *args)

    time.sleep, asyncio.sleep = noted, noted_async
    try:
        yield pauses
    finally:
        time.sleep, asyncio.sleep = sleep, sleep_async


def _sent(form: Callable[..., Any], thing: Any, keywords: dict[str, Any]) -> int:
    """How many requests arrive at a server that closes every connection."""
    with Server("reset") as server:
        with contextlib.suppress(Exception):
            form(thing, keywords, server.url)
        return len(server.requests)


def _decorator(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    thing(**keywords)(failing.function)()


def _decorator_on(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    thing(on=Exception, **keywords)(failing.function)()


def _backoff(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    wait = values.find("backoff.expo")
    thing(wait, Exception, **keywords)(failing.function)()


def _backoff_predicate(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    def unhappy() -> None:
        with contextlib.suppress(ValueError):
            failing()

    thing(values.find("backoff.expo"), lambda _: True, **keywords)(unhappy)()


def _caller(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    if thing.__name__.startswith("Async"):
        asyncio.run(thing(**keywords)(Exception, failing.coroutine))
    else:
        thing(**keywords)(Exception, failing)


def _context(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    for attempt in thing(on=Exception, **keywords):
        with attempt:
            failing()


def _object(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    if thing.__name__.startswith("Async"):
        asyncio.run(thing(**keywords)(failing.coroutine))
    else:
        thing(**keywords)(failing)


def _function(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    thing(failing, **keywords)


def _runnable(_: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    lambda_ = values.find("langchain_core.runnables.RunnableLambda")
    lambda_(lambda it: failing(it)).with_retry(**keywords).invoke(1)


def _node(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    graph = values.find("langgraph.graph.StateGraph")(dict)
    graph.add_node("node", lambda state: failing(state), retry_policy=thing(**keywords))
    graph.add_edge(values.find("langgraph.graph.START"), "node")
    # Its default repeats only what looks like a fault of the network.
    graph.compile().invoke({})


def _model_middleware(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    model = values.find("lab.loops.Model")(fails=failing)
    agent = values.find("langchain.agents.create_agent")
    agent(model, tools=[], middleware=[thing(**keywords)]).invoke({"messages": ["hi"]})


def _tool_middleware(thing: Any, keywords: dict[str, Any], failing: _Failing) -> None:
    loops = values.find("lab.loops")
    agent = values.find("langchain.agents.create_agent")
    made = agent(loops.Model(last=1), tools=[loops.tool(failing)], middleware=[thing(**keywords)])
    made.invoke({"messages": ["hi"]})


def _adapter(thing: Any, keywords: dict[str, Any], url: str) -> None:
    with values.find("requests.Session")() as session:
        session.mount("http://", thing(**keywords))
        session.get(url, timeout=5)


def _pool(thing: Any, keywords: dict[str, Any], url: str) -> None:
    values.find("urllib3.PoolManager")().request("GET", url, retries=thing(**keywords), timeout=5)


#: How a library is told what to repeat.
_FORMS: dict[str, Callable[..., None]] = {
    "decorator": _decorator,
    "decorator-on": _decorator_on,
    "backoff": _backoff,
    "backoff-predicate": _backoff_predicate,
    "caller": _caller,
    "context": _context,
    "object": _object,
    "function": _function,
    "runnable": _runnable,
    "node": _node,
    "model-middleware": _model_middleware,
    "tool-middleware": _tool_middleware,
    "adapter": _adapter,
    "pool": _pool,
}

#: The forms that repeat a request and not a function.
_SENDING = ("adapter", "pool")
