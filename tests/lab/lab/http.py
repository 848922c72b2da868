"""Facts about HTTP libraries: functions and methods that send one request each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab import clients, expect, wire
from lab.facts import Experiment, Fact
from lab.subject import SEVEN, Subject
from lab.values import Value, call, name

#: Libraries whose functions take a URL; those of model SDKs need a key and a server of their own.
_PLAIN = ("aiohttp", "httpx", "httpx2", "python", "requests", "urllib3")

#: What stands before the URL, by the name of a function or method.
_BEFORE = {"request": ["GET"], "stream": ["GET"]}

#: What a class needs to be built, by its name.
_NEEDED = {"ProxyManager": ["{url}"]}

#: The methods that stand for all of a class: the others differ in the verb alone.
_METHODS = ("get", "request", "post")


def facts(subject: Subject) -> Iterator[Fact]:
    """Everything that the entry says."""
    yield from clients.paths(subject)
    data = subject.entry.data
    for path in data.get("classes", []):
        for method in data.get("methods", []):
            experiment = Experiment("paths", {"paths": [f"{path}.{method}"]})
            says = f"`{path}` has `.{method}()`"
            # A function that makes an instance has no methods: the class beside it has them.
            if path.rpartition(".")[2][0].isupper():
                verdict = expect.exists(f"{path}.{method}")
                yield subject.fact("introspection", says, experiment, verdict)
    if subject.entry.package in _PLAIN:
        for sender in _senders(subject):
            yield from _sent(sender)


@dataclass(frozen=True)
class _Sender:
    """A function, or a method of an instance, that sends one request."""

    subject: Subject
    says: str
    make: Value
    method: str
    #: Whether it is a context manager that sends when it is entered.
    entered: bool
    asynchronous: bool

    def asks(self, keywords: dict[str, Value], make: Value | None = None) -> Experiment:
        """Sends to a server of ours, with these keywords."""
        name = self.says.rpartition(".")[2]
        steps = [[self.method, [*_BEFORE.get(name, []), "{url}"], keywords]]
        if self.entered:
            steps.append(["__aenter__" if self.asynchronous else "__enter__", [], {}])
        details = {
            "make": make or self.make,
            "steps": steps,
            "server": "status:400",
            "asynchronous": self.asynchronous,
        }
        return Experiment("request", details)


def _senders(subject: Subject) -> Iterator[_Sender]:
    data, package = subject.entry.data, subject.entry.package
    for path in data.get("functions", []):
        last = path.rpartition(".")[2]
        # A connection takes a host and sends later; `urlopen` shows the same machinery.
        if not last[0].isupper():
            entered = last == "stream" or package == "aiohttp"
            yield _Sender(subject, path, name(path), "__call__", entered, package == "aiohttp")
    for path in data.get("classes", []):
        asynchronous = "Async" in path or package == "aiohttp"
        for method in data["methods"]:
            if method in _METHODS:
                says = f"{path}.{method}"
                yield _Sender(subject, says, _making(path), method, False, asynchronous)


def _making(path: str, **keywords: Value) -> Value:
    return call(path, *_NEEDED.get(path.rpartition(".")[2], []), **keywords)


def _sent(sender: _Sender) -> Iterator[Fact]:
    subject, data = sender.subject, sender.subject.entry.data
    timeout = data["timeout"]
    absent, arguments = timeout["absent"], timeout.get("arguments", [])
    says = f"`{sender.says}` without a timeout waits {absent}"
    yield subject.fact("wire", says, sender.asks({}), expect.on_wire(absent))
    seven = f"{SEVEN} s"
    if data.get("constructor") and sender.make.get("$call"):
        make = _making(sender.make["$call"], **{data["constructor"]: _seven(subject)})
        says = f"`{sender.says}` of an object with a timeout of {SEVEN} waits {seven}"
        yield subject.fact("wire", says, sender.asks({}, make), expect.on_wire(seven))
    for argument in arguments:
        says = f"`{sender.says}` with `{argument}={SEVEN}` waits {seven}"
        asks = sender.asks({argument: _seven(subject)})
        yield subject.fact("wire", says, asks, expect.on_wire(seven))
        none = timeout.get("none", absent)
        if none != "unknown":
            says = f"`{sender.says}` with `{argument}=None` waits {none}"
            yield subject.fact("wire", says, sender.asks({argument: None}), expect.on_wire(none))
        for effect, kind, value in wire.rejected(timeout):
            says = f"`{sender.says}` with a {kind} `{argument}` {effect}"
            yield subject.fact("wire", says, sender.asks({argument: value}), expect.effect(effect))


def _seven(subject: Subject) -> Value:
    """What is passed for a timeout of seven seconds."""
    if subject.entry.package == "aiohttp":
        return call("aiohttp.ClientTimeout", total=SEVEN)
    return SEVEN
