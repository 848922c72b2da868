"""What reaches the wire: the timeout of a request, whichever way the class was given one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab import expect
from lab.facts import Fact, Verdict
from lab.recipes import Recipe, Step
from lab.subject import SEVEN, Runner
from lab.values import Value, call

_SCHEMA = {"title": "answer", "description": "a", "type": "object", "properties": {}}

_COROUTINES = ("ainvoke", "astream", "abatch")

#: A value of each kind that an argument may refuse.
_REFUSED: dict[str, Value] = {
    "text": "5",
    "tuple": call("builtins.tuple", [5, 30]),
    "number": 5,
    "fraction": 2.5,
    "zero": 0,
    "negative": -1,
    "none": None,
}


def facts(runner: Runner) -> Iterator[Fact]:
    """Everything that the entry says of timeouts, but for how long they take."""
    if not runner.recipe.http:
        return
    yield from _omitted(runner)
    yield from _given(runner)
    yield from _values(runner)
    yield from _ignored(runner)
    yield from _per_call(runner)
    yield from _ignored_per_call(runner)
    yield from _rejected(runner)
    yield from _lost(runner)


def _omitted(runner: Runner) -> Iterator[Fact]:
    fact, absent = runner.subject.fact, runner.timeout["absent"]
    if absent != "unknown":
        says = f"omitted is {absent} on the wire"
        yield fact("wire", says, runner.asks({}), expect.on_wire(absent))
    absent = runner.timeout.get("absent-async", absent)
    if absent != "unknown" and runner.recipe.step_async:
        says = f"omitted is {absent} on the wire of an asynchronous call"
        yield fact("wire", says, runner.asks({}, asynchronous=True), expect.on_wire(absent))


def _given(runner: Runner) -> Iterator[Fact]:
    fact, timeout = runner.subject.fact, runner.timeout
    seven = runner.seven
    both = timeout.get("arguments", [])
    for argument in [*both, *timeout.get("sync-only", [])]:
        asks = runner.asks(runner.passing(argument, SEVEN))
        yield fact("wire", f"`{argument}={SEVEN}` is {seven}", asks, expect.on_wire(seven))
    if not runner.recipe.step_async:
        return
    for argument in [*both, *timeout.get("async-only", [])]:
        asks = runner.asks(runner.passing(argument, SEVEN), asynchronous=True)
        says = f"`{argument}={SEVEN}` is {seven} in an asynchronous call"
        yield fact("wire", says, asks, expect.on_wire(seven))
    absent = timeout["absent"]
    for key, kind, asynchronous in (("sync-only", "an", True), ("async-only", "no", False)):
        for argument in timeout.get(key, []):
            asks = runner.asks(runner.passing(argument, SEVEN), asynchronous=asynchronous)
            says = f"`{argument}` does nothing in {kind} asynchronous call"
            yield fact("wire", says, asks, expect.on_wire(absent))


def _values(runner: Runner) -> Iterator[Fact]:
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


def _ignored(runner: Runner) -> Iterator[Fact]:
    absent = runner.timeout["absent"]
    for ignored in runner.subject.entry.data.get("ignored", []):
        if not runner.subject.runs(ignored.get("versions", "")):
            continue
        argument, effect = ignored["argument"], ignored["effect"]
        asynchronous = "async" in argument
        if ignored.get("carries-timeout"):
            recipe = runner.recipe
            path = recipe.http_async_client if asynchronous else recipe.http_client
            if not path or (asynchronous and not recipe.step_async):
                continue
            value, shown = call(path, timeout=SEVEN), f"{path}(timeout={SEVEN})"
        else:
            value, shown = SEVEN, f"{SEVEN}"
        asks = runner.asks(
            runner.passing(argument, value) if "." in argument else {argument: value},
            asynchronous=asynchronous,
        )
        if "raises" in effect or "refuse" in effect:
            verdict: Verdict = expect.raises_before_request
        elif absent != "unknown":
            verdict = expect.on_wire(absent)
        else:
            verdict = expect.not_on_wire(SEVEN)
        yield runner.subject.fact("wire", f"`{argument}={shown}` {effect}", asks, verdict)


def _per_call(runner: Runner) -> Iterator[Fact]:
    timeout = runner.timeout
    if not timeout.get("arguments") or "." in timeout["arguments"][0]:
        return
    # What a class calls otherwise is still `timeout` to the SDK, which gets these keywords.
    argument = "timeout" if "timeout" in timeout["arguments"] else timeout["arguments"][0]
    seven = runner.seven
    for method in timeout.get("per-call", []):
        steps = _per_call_steps(runner, method, {argument: SEVEN})
        if steps is None:
            continue
        asks = runner.asks({}, steps=steps, asynchronous=method in _COROUTINES)
        says = f"`.{method}(…, {argument}={SEVEN})` is {seven}"
        yield runner.subject.fact("wire", says, asks, expect.on_wire(seven))


def _ignored_per_call(runner: Runner) -> Iterator[Fact]:
    absent = runner.timeout["absent"]
    for ignored in runner.subject.entry.data.get("ignored-per-call", []):
        argument, effect = ignored["argument"], ignored["effect"]
        for method in ignored["methods"]:
            steps = _per_call_steps(runner, method, {argument: SEVEN})
            if steps is None:
                continue
            asks = runner.asks({}, steps=steps, asynchronous=method in _COROUTINES)
            says = f"`.{method}(…, {argument}={SEVEN})` {effect}"
            raised = "raises" in effect
            verdict = expect.raises_before_request if raised else expect.on_wire(absent)
            yield runner.subject.fact("wire", says, asks, verdict)


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
            return [["with_structured_output", [_SCHEMA], keyword], again]
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


def rejected(timeout: dict[str, Any]) -> Iterator[tuple[str, str, Value]]:
    """Values that an argument does not take: the effect, the kind, and one of that kind."""
    for it in timeout.get("rejects", []):
        for kind in it["values"]:
            # An object that is refused is one of another package, which may not be installed.
            if kind in _REFUSED:
                yield it["effect"], kind, _REFUSED[kind]


def _rejected(runner: Runner) -> Iterator[Fact]:
    for argument in runner.timeout.get("arguments", [])[:1]:
        for effect, kind, value in rejected(runner.timeout):
            # It may be repeated before it fails.
            asks = runner.waits(runner.passing(argument, value), "status:400")
            says = f"`{argument}=` with a {kind} value {effect}"
            yield runner.subject.fact("wire", says, asks, expect.effect(effect))


def _lost(runner: Runner) -> Iterator[Fact]:
    """Arguments that remove a bound which would hold without them."""
    timeout = runner.timeout
    for lost in timeout.get("lost-by", runner.subject.entry.data.get("lost-by", [])):
        argument = lost["argument"]
        asks = runner.asks({argument: 3})
        says = f"`{argument}=3` alone is {lost['then']}"
        yield runner.subject.fact("wire", says, asks, expect.on_wire(lost["then"]))
        for other in lost["unless"]:
            asks = runner.asks({argument: 3} | runner.passing(other, SEVEN))
            says = f"`{argument}=3` with `{other}={SEVEN}` is {runner.seven}"
            yield runner.subject.fact("wire", says, asks, expect.on_wire(runner.seven))
