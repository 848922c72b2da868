"""Facts about the classes of `rules/clients/`: what they take, send and do at a bad server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab import expect
from lab.catalog import Entry
from lab.environments import Environment
from lab.facts import Experiment, Fact, Manner, Verdict
from lab.recipes import Recipe, Step
from lab.values import Value, call, nested

#: The timeout that experiments on the wire pass: no library's default.
_SEVEN = 7

#: Dicts that a class takes as an object, by argument.
_OBJECTS = {"config": "botocore.config.Config"}

_TOOL_SCHEMA = {"title": "answer", "description": "a", "type": "object", "properties": {}}


@dataclass(frozen=True)
class Subject:
    """An entry in an environment, and how to run it there; no recipe means introspection only."""

    entry: Entry
    environment: Environment
    recipe: Recipe | None

    def fact(
        self, manner: Manner, says: str, experiment: Experiment, verdict: Verdict, **more: Any
    ) -> Fact:
        """A fact about it."""
        environ = self.recipe.environ if self.recipe else {}
        return Fact(
            self.entry, self.environment, manner, says, experiment, verdict, environ, **more
        )


def facts(subject: Subject, fast: bool) -> Iterator[Fact]:
    """Everything that the entry says; only what needs no request when `fast`."""
    skipped = subject.recipe.skip if subject.recipe else {}
    for fact in _all(subject, fast):
        if fact.says not in skipped:
            yield fact


def _all(subject: Subject, fast: bool) -> Iterator[Fact]:
    yield from _paths(subject)
    yield from _arguments(subject)
    if subject.recipe and not fast:
        timeout = subject.entry.data["timeout"]
        runner = Runner(subject, subject.recipe, subject.entry.name, timeout)
        yield from _wire(runner)
        yield from _waits(runner)


def _paths(subject: Subject) -> Iterator[Fact]:
    paths = subject.entry.paths
    experiment = Experiment("paths", {"paths": paths}, limit=60)
    for path in paths:
        yield subject.fact(
            "introspection", f"`{path}` exists", experiment, expect.exists(path), anywhere=True
        )
    if len(paths) > 1 and subject.entry.kind in ("client", "agent", "factory"):
        yield subject.fact("introspection", "all paths mean one thing", experiment, expect.one)


def _arguments(subject: Subject) -> Iterator[Fact]:
    """What the signature tells: the names, and defaults that are numbers."""
    data = subject.entry.data
    timeout = data["timeout"]
    experiment = Experiment("signature", {"path": subject.entry.name}, limit=60)
    runs = subject.recipe is not None
    keys = ("arguments", "sync-only", "async-only")
    written = [it for key in keys for it in timeout.get(key, [])]
    for argument in dict.fromkeys(it.split(".")[0] for it in written):
        says = f"takes `{argument}`"
        yield subject.fact("introspection", says, experiment, expect.takes(argument, runs))
    if timeout.get("arguments") and "." not in timeout["arguments"][0]:
        argument = timeout["arguments"][0]
        says = f"`{argument}` defaults to {timeout['absent']}"
        verdict = expect.default(argument, timeout["absent"], timeout["unit"])
        yield subject.fact("introspection", says, experiment, verdict)
    retries = data.get("retries", {})
    if "argument" in retries and retries["counts"] in ("retries", "attempts"):
        argument = retries["argument"]
        says = f"`{argument}` is there and makes {retries['requests']} requests by default"
        number = retries["requests"] - (retries["counts"] == "retries")
        verdict = expect.number(argument, number, runs)
        yield subject.fact("introspection", says, experiment, verdict)


@dataclass(frozen=True)
class Runner:
    """Describes experiments with one class."""

    subject: Subject
    recipe: Recipe
    path: str
    timeout: dict[str, Any]

    @property
    def unit(self) -> float:
        """How many seconds its number 1 is."""
        return {"s": 1.0, "ms": 0.001}[self.timeout["unit"]]

    def passing(self, argument: str, value: Value) -> dict[str, Value]:
        """The keywords that pass a value: `a.b` goes into a dict, or an object where one is due."""
        keywords = nested(argument, value)
        for outer, path in _OBJECTS.items():
            if outer in keywords:
                keywords[outer] = call(path, **keywords[outer])
        if "http_client" in keywords and self.recipe.http_client:
            keywords["http_client"] = call(self.recipe.http_client, **keywords["http_client"])
        return keywords

    def asks(
        self,
        arguments: dict[str, Value],
        server: str = "status:400",
        steps: list[Step] | None = None,
        asynchronous: bool = False,
        **bounds: Any,
    ) -> Experiment:
        """Builds the class with these arguments and calls it."""
        if steps is None:
            steps = [self.recipe.step_async if asynchronous else self.recipe.step]
        details = {
            "make": self.recipe.making(self.path, arguments),
            "steps": steps,
            "server": server,
            "asynchronous": asynchronous or self.recipe.asynchronous,
        }
        return Experiment("request", details, **bounds)


def _wire(runner: Runner) -> Iterator[Fact]:
    yield from _wire_omitted(runner)
    yield from _wire_given(runner)
    yield from _wire_values(runner)
    yield from _wire_ignored(runner)
    yield from _wire_per_call(runner)


def _wire_omitted(runner: Runner) -> Iterator[Fact]:
    fact, absent = runner.subject.fact, runner.timeout["absent"]
    if absent != "unknown":
        says = f"omitted is {absent} on the wire"
        yield fact("wire", says, runner.asks({}), expect.on_wire(absent))
    absent = runner.timeout.get("absent-async", absent)
    if absent != "unknown" and runner.recipe.step_async:
        says = f"omitted is {absent} on the wire of an asynchronous call"
        yield fact("wire", says, runner.asks({}, asynchronous=True), expect.on_wire(absent))


def _wire_given(runner: Runner) -> Iterator[Fact]:
    fact, timeout = runner.subject.fact, runner.timeout
    seven = f"{_SEVEN * runner.unit:g} s"
    both = timeout.get("arguments", [])
    for argument in [*both, *timeout.get("sync-only", [])]:
        asks = runner.asks(runner.passing(argument, _SEVEN))
        yield fact("wire", f"`{argument}={_SEVEN}` is {seven}", asks, expect.on_wire(seven))
    if not runner.recipe.step_async:
        return
    for argument in [*both, *timeout.get("async-only", [])]:
        asks = runner.asks(runner.passing(argument, _SEVEN), asynchronous=True)
        says = f"`{argument}={_SEVEN}` is {seven} in an asynchronous call"
        yield fact("wire", says, asks, expect.on_wire(seven))
    absent = timeout["absent"]
    for key, kind, asynchronous in (("sync-only", "an", True), ("async-only", "no", False)):
        for argument in timeout.get(key, []):
            asks = runner.asks(runner.passing(argument, _SEVEN), asynchronous=asynchronous)
            says = f"`{argument}` does nothing in {kind} asynchronous call"
            yield fact("wire", says, asks, expect.on_wire(absent))


def _wire_values(runner: Runner) -> Iterator[Fact]:
    """`None` and zero, where the catalogue says what they do."""
    timeout = runner.timeout
    if not timeout.get("arguments"):
        return
    argument = timeout["arguments"][0]
    if "." in argument:
        return
    when = {"None": timeout.get("none", timeout["absent"]), "0": timeout.get("zero", "unknown")}
    for shown, expected in when.items():
        if expected != "unknown":
            asks = runner.asks(runner.passing(argument, None if shown == "None" else 0))
            says = f"`{argument}={shown}` is {expected}"
            yield runner.subject.fact("wire", says, asks, expect.on_wire(expected))


def _wire_ignored(runner: Runner) -> Iterator[Fact]:
    absent = runner.timeout["absent"]
    for ignored in runner.subject.entry.data.get("ignored", []):
        argument, effect = ignored["argument"], ignored["effect"]
        asynchronous = "async" in argument
        if ignored.get("carries-timeout"):
            recipe = runner.recipe
            path = recipe.http_async_client if asynchronous else recipe.http_client
            if not path or (asynchronous and not recipe.step_async):
                continue
            value, shown = call(path, timeout=_SEVEN), f"{path}(timeout={_SEVEN})"
        else:
            value, shown = _SEVEN, f"{_SEVEN}"
        asks = runner.asks(
            runner.passing(argument, value) if "." in argument else {argument: value},
            asynchronous=asynchronous,
        )
        if "raises" in effect or "refuse" in effect:
            verdict: Verdict = expect.raises_before_request
        elif absent != "unknown":
            verdict = expect.on_wire(absent)
        else:
            verdict = expect.not_on_wire(_SEVEN)
        yield runner.subject.fact("wire", f"`{argument}={shown}` {effect}", asks, verdict)


def _wire_per_call(runner: Runner) -> Iterator[Fact]:
    timeout = runner.timeout
    if not timeout.get("arguments") or "." in timeout["arguments"][0]:
        return
    # What a class calls otherwise is still `timeout` to the SDK, which gets these keywords.
    argument = "timeout" if "timeout" in timeout["arguments"] else timeout["arguments"][0]
    seven = f"{_SEVEN * runner.unit:g} s"
    for method in timeout.get("per-call", []):
        steps = _per_call_steps(runner, method, {argument: _SEVEN})
        if steps is None:
            continue
        asynchronous = method in ("ainvoke", "astream", "abatch")
        asks = runner.asks({}, steps=steps, asynchronous=asynchronous)
        says = f"`.{method}(…, {argument}={_SEVEN})` is {seven}"
        yield runner.subject.fact("wire", says, asks, expect.on_wire(seven))


def _per_call_steps(runner: Runner, method: str, keyword: dict[str, Value]) -> list[Step] | None:
    """The calls that pass a keyword to a method; None for a method that the lab cannot call."""
    step = runner.recipe.step
    if step[0].endswith(".create"):
        return _sdk_steps(runner.recipe, method, keyword)
    again = ["invoke", ["hi"], {}]
    match method:
        case "bind":
            return [["bind", [], keyword], again]
        case "bind_tools":
            return [["bind_tools", [[]], keyword], again]
        case "with_structured_output":
            return [["with_structured_output", [_TOOL_SCHEMA], keyword], again]
        case "invoke" | "ainvoke" | "stream" | "astream":
            return [[method, ["hi"], keyword]]
        case "batch" | "abatch":
            return [[method, [["hi"]], keyword]]
    return None


def _sdk_steps(recipe: Recipe, method: str, keyword: dict[str, Value]) -> list[Step] | None:
    path, args, kwargs = recipe.step
    match method:
        case "with_options" | "copy":
            return [[method, [], keyword], recipe.step]
        case "create":
            return [[path, args, kwargs | keyword]]
        case "stream":
            enter = "__aenter__" if recipe.asynchronous else "__enter__"
            stream = f"{path.removesuffix('create')}stream"
            return [[stream, args, kwargs | keyword], [enter, [], {}]]
    return None


def _waits(runner: Runner) -> Iterator[Fact]:
    """What needs a clock: whether it ends, after how many requests, with which pauses."""
    fact, timeout = runner.subject.fact, runner.timeout
    retries = runner.subject.entry.data.get("retries", {})
    if timeout["absent"] == "forever":
        asks = runner.asks({}, server="hang", limit=4, waits=True)
        yield fact("run", "a stalled call goes on without end", asks, expect.hangs)
    if not timeout.get("arguments"):
        return
    second = 1 if runner.unit == 1 else 1000
    one = runner.passing(timeout["arguments"][0], second)
    asks = runner.asks(one, server="trickle:0.3", limit=4, waits=True)
    yield fact("run", "a timeout bounds each read and not the whole", asks, expect.goes_on)
    stalls = retries.get("after-timeout", True)
    requests = retries.get("requests", 1)
    counts = retries.get("counts", "unknown" if retries else "nothing")
    if counts == "unknown":
        return
    yield from _stalled(runner, one, requests if stalls else 1)
    if counts != "nothing":
        yield from _counted(runner, one, retries)
    if retries:
        yield from _refused(runner, retries)


def _stalled(runner: Runner, one: dict[str, Value], requests: int) -> Iterator[Fact]:
    asks = runner.asks(one, server="hang", limit=75, waits=True)
    says = f"a stalled call with a timeout ends after {requests} requests"
    yield runner.subject.fact("run", says, asks, expect.requests(requests, each=1.0))


def _counted(runner: Runner, one: dict[str, Value], retries: dict[str, Any]) -> Iterator[Fact]:
    argument = retries["argument"]
    for number in (1, 3):
        requests = number + (retries["counts"] == "retries")
        server = "hang" if retries.get("after-timeout", True) else "status:503"
        asks = runner.asks(one | {argument: number}, server=server, limit=75, waits=True)
        says = f"`{argument}={number}` makes {requests} requests"
        yield runner.subject.fact("run", says, asks, expect.requests(requests))


def _refused(runner: Runner, retries: dict[str, Any]) -> Iterator[Fact]:
    requests = retries["requests"] if runner.recipe.refused is None else runner.recipe.refused
    for status in (503, 429):
        asks = runner.asks({}, server=f"status:{status}", limit=75, waits=True)
        says = f"a {status} is asked {requests} times"
        yield runner.subject.fact("run", says, asks, expect.requests(requests))
    if "pause-cap" in retries:
        asks = runner.asks({}, server="status:503", limit=75, waits=True)
        says = f"pauses are at most {retries['pause-cap']}"
        yield runner.subject.fact("run", says, asks, expect.pauses(retries["pause-cap"]))
