"""Facts about the classes of `rules/clients/`: what they take, send and do at a bad server."""

from __future__ import annotations

from collections.abc import Iterator

from lab import expect, waits, wire
from lab.facts import Experiment, Fact
from lab.subject import Runner, Subject


def facts(subject: Subject) -> Iterator[Fact]:
    """Everything that the entry says."""
    skipped = subject.recipe.skip if subject.recipe else {}
    for fact in _all(subject):
        if fact.says not in skipped:
            yield fact


def _all(subject: Subject) -> Iterator[Fact]:
    yield from paths(subject)
    yield from _arguments(subject)
    if subject.recipe:
        runner = Runner(subject, subject.recipe, subject.entry.name)
        yield from wire.facts(runner)
        yield from waits.facts(runner)


def paths(subject: Subject) -> Iterator[Fact]:
    """Every path exists in some version, and all mean one thing."""
    found = subject.entry.paths
    experiment = Experiment("paths", {"paths": found}, limit=60)
    for path in found:
        yield subject.fact(
            "introspection", f"`{path}` exists", experiment, expect.exists(path), anywhere=True
        )
    # A store has one entry for its synchronous and asynchronous clients, and a class one with the
    # methods that make its instances.
    store = subject.entry.data.get("kind") == "datastore"
    classes = [it for it in found if it.rpartition(".")[0] not in found]
    if len(classes) > 1 and not store and subject.entry.kind == "client":
        verdict = expect.one(classes)
        yield subject.fact("introspection", "all paths mean one thing", experiment, verdict)


def _arguments(subject: Subject) -> Iterator[Fact]:
    """What the signature tells: the names, and defaults that are numbers."""
    data = subject.entry.data
    timeout = data["timeout"]
    experiment = Experiment("signature", {"paths": subject.entry.paths}, limit=60)
    runs = subject.recipe is not None
    keys = ("arguments", "sync-only", "async-only")
    written = [it for key in keys for it in timeout.get(key, [])]
    for argument in dict.fromkeys(it.split(".")[0] for it in written):
        says = f"takes `{argument}`"
        yield subject.fact("introspection", says, experiment, expect.takes(argument, runs))
    # What a store waits in all can be several of its timeouts.
    plain = timeout.get("arguments") and "." not in timeout["arguments"][0]
    if plain and data.get("kind") != "datastore":
        argument = timeout["arguments"][0]
        says = f"`{argument}` defaults to {timeout['absent']}"
        verdict = expect.default(argument, timeout["absent"], timeout["unit"])
        yield subject.fact("introspection", says, experiment, verdict)
    if "dropped" in data.get("unknown", ""):
        says = "drops an argument that it does not know"
        yield subject.fact("introspection", says, experiment, expect.drops)
    retries = data.get("retries", {})
    if "argument" in retries and retries["counts"] in ("retries", "attempts"):
        argument = retries["argument"]
        says = f"`{argument}` is there and makes {retries['requests']} requests by default"
        number = retries["requests"] - (retries["counts"] == "retries")
        verdict = expect.number(argument, number, runs)
        yield subject.fact("introspection", says, experiment, verdict)
