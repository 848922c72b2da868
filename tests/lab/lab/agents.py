"""Facts about `rules/agents/`: after how many steps an agent stops whose model never does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab import clients, expect
from lab.catalog import within
from lab.facts import Experiment, Fact
from lab.subject import Subject
from lab.values import Value, call

#: Bounds that tests pass: small beside the calls after which the lab gives up.
_THREE = 3

#: So many steps that the middleware is what ends a run, if anything does.
_MANY = {"recursion_limit": 1000}


def facts(subject: Subject) -> Iterator[Fact]:
    """Everything that the entry says for the installed version."""
    yield from clients.paths(subject)
    data = subject.entry.data
    package = data.get("limited-by", data["package"])
    version = subject.environment.version(package)
    limit = next((it for it in data["limit"] if version and within(version, it["versions"])), None)
    if limit is None:
        return
    for path in subject.entry.paths[:1]:
        if "config" in limit:
            yield from _graph(subject, path, limit)
        elif path.endswith(".AgentExecutor"):
            yield from _executor(subject, limit)
        else:
            yield from _signature(subject, limit)


def _graph(subject: Subject, path: str, limit: dict[str, Any]) -> Iterator[Fact]:
    says = f"`{path}` is allowed {limit['absent']} steps"
    verdict = expect.step_limit(limit["absent"])
    by_hand = subject.entry.data.get("by-hand", False)
    form = "by-hand" if by_hand else "graph"
    yield subject.fact("run", says, _steps(path, form, limit=120), verdict)
    # What follows passes a model and tools, which a graph made by hand does not take.
    if by_hand:
        return
    config = {limit["config"]: 8}
    says = f"`{limit['config']}=8` ends a run"
    yield subject.fact("run", says, _steps(path, "graph", config=config), expect.ends)
    says = "a run goes on for longer than anybody waits"
    if limit["absent"] > 1000:
        yield subject.fact("run", says, _steps(path, "graph"), expect.endless)
    for middleware, arguments in limit.get("middleware", {}).items():
        for argument in arguments:
            # A limit on a thread needs a memory of threads.
            if argument == "run_limit":
                says = f"`{middleware}({argument}={_THREE})` ends a run"
                asks = _steps(path, "graph", _with(middleware, {argument: _THREE}), _MANY)
                yield subject.fact("run", says, asks, expect.ends)
    for middleware, behaviours in limit.get("exit-behavior", {}).items():
        for behaviour in behaviours:
            says = f"`{middleware}(exit_behavior={behaviour!r})` ends a run"
            keywords = {"run_limit": _THREE, "exit_behavior": behaviour}
            asks = _steps(path, "graph", _with(middleware, keywords), _MANY)
            yield subject.fact("run", says, asks, expect.ends)
        says = f"`{middleware}(run_limit={_THREE})` alone ends no run"
        asks = _steps(path, "graph", _with(middleware, {"run_limit": _THREE}), _MANY)
        yield subject.fact("run", says, asks, expect.endless)


def _with(middleware: str, keywords: dict[str, Value]) -> dict[str, Value]:
    return {"middleware": [call(middleware, **keywords)]}


def _executor(subject: Subject, limit: dict[str, Any]) -> Iterator[Fact]:
    argument, number = limit["argument"], limit["absent"]
    for path in _own_paths(subject):
        says = f"`{path}` takes {number} steps"
        yield subject.fact("run", says, _steps(path, "executor"), expect.calls(number))
        asks = _steps(path, "executor", {argument: 4})
        yield subject.fact("run", f"`{path}` with `{argument}=4`: 4", asks, expect.calls(4))
        asks = _steps(path, "executor", {argument: None})
        yield subject.fact("run", f"`{path}` with `{argument}=None`", asks, expect.endless)
        for other in limit.get("also", []):
            asks = _steps(path, "executor", {argument: None, other: 0.001})
            yield subject.fact("run", f"`{path}` with `{other}`", asks, expect.ends)


def _own_paths(subject: Subject) -> list[str]:
    """The class in the package that the entry names; other packages have it under other paths."""
    root = subject.entry.package.replace("-", "_")
    return [it for it in subject.entry.paths if it == f"{root}.agents.AgentExecutor"]


def _signature(subject: Subject, limit: dict[str, Any]) -> Iterator[Fact]:
    experiment = Experiment("signature", {"paths": subject.entry.paths}, limit=60)
    says = f"`{limit['argument']}` defaults to {limit['absent']}"
    # Functions that hand it on in `**kwargs` have no default to read.
    verdict = expect.number(limit["argument"], limit["absent"], runs=True)
    yield subject.fact("introspection", says, experiment, verdict)


def _steps(
    path: str,
    form: str,
    keywords: dict[str, Value] | None = None,
    config: dict[str, Any] | None = None,
    limit: float = 40,
) -> Experiment:
    details = {"path": path, "form": form, "keywords": keywords or {}, "config": config or {}}
    return Experiment("steps", details, limit=limit)
