"""Facts about `rules/retries/`: what ends a repetition, and what pauses it makes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lab import clients, expect
from lab.facts import Experiment, Fact
from lab.subject import Subject
from lab.values import Value, call

_FILE = Path(__file__).resolve().parent.parent / "retries.toml"


@cache
def _recipes() -> dict[str, dict[str, Any]]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {path: it for it in data["retry"] for path in it["paths"]}


def facts(subject: Subject) -> Iterator[Fact]:
    """Everything that the entry says."""
    yield from clients.paths(subject)
    for path in subject.entry.paths or [subject.entry.name]:
        recipe = _recipes().get(path)
        if recipe:
            yield from _limit(subject, path, recipe)
            yield from _pause(subject, path, recipe)


def _repeats(path: str, recipe: dict[str, Any], keywords: dict[str, Value]) -> Experiment:
    details = {"form": recipe["form"], "keywords": recipe.get("always", {}) | keywords}
    # A method has no path of its own.
    return Experiment("repeat", details | ({"path": path} if "." in path else {}))


def _limit(subject: Subject, path: str, recipe: dict[str, Any]) -> Iterator[Fact]:
    limit = subject.entry.data["limit"]
    asks = _repeats(path, recipe, {})
    default = limit.get("default", limit["absent"])
    verdict = expect.endless if limit["absent"] == "unbounded" else expect.calls(_calls(default))
    yield subject.fact("run", f"`{path}` by itself: {default}", asks, verdict)
    for end in recipe["ends"]:
        argument = end["argument"]
        says = f"`{path}` with `{argument}`: {end['calls']} calls"
        asks = _repeats(path, recipe, {argument: end["value"]})
        verdict = expect.calls(end["calls"])
        if argument not in limit["arguments"]:
            verdict = expect.never(f"the entry does not list `{argument}`")
        yield subject.fact("run", says, asks, verdict)
    for argument, value in _nothing(limit):
        says = f"`{path}` with `{argument}={value}` has no end"
        yield subject.fact("run", says, _repeats(path, recipe, {argument: value}), expect.endless)


def _pause(subject: Subject, path: str, recipe: dict[str, Any]) -> Iterator[Fact]:
    pause = subject.entry.data["pause"]
    default = pause.get("default", pause["absent"])
    asks = _repeats(path, recipe, {})
    if default != "nothing to pause between":
        verdict = expect.paused if pause["absent"] == "bounded" else expect.unpaused
        yield subject.fact("run", f"`{path}` by itself: {default}", asks, verdict)
    for argument, value in _nothing(pause):
        says = f"`{path}` with `{argument}={value}` does not pause"
        yield subject.fact("run", says, _repeats(path, recipe, {argument: value}), expect.unpaused)


def _nothing(bound: dict[str, Any]) -> Iterator[tuple[str, Value]]:
    """The first argument with each value that bounds nothing."""
    argument = bound["arguments"][0]
    for path in bound.get("nothing", []):
        # `wait_none` is a class and `stop_never` an object.
        last = path.rpartition(".")[2]
        yield argument, call(path) if last == "wait_none" else {"$name": path}
    for value in bound.get("nothing-at", []):
        if argument not in ("interval", "wait"):
            yield argument, int(value) if value == int(value) else value


def _calls(default: str) -> int:
    """How many calls the words of an entry mean."""
    match = re.match(r"(\d+|no) (retries|retry|attempts)", default)
    if not match:
        raise ValueError(f"no number of calls: `{default}`")
    number = 0 if match[1] == "no" else int(match[1])
    return number + (match[2] != "attempts")
