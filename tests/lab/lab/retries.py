"""Facts about `rules/retries/`: what ends a repetition, and what pauses it makes."""

from __future__ import annotations

import math
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
    number = _calls(subject.entry.data)
    verdict = expect.endless if number is None else expect.calls(number)
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


def _foretold(pauses: dict[str, Any], keywords: dict[str, Value], number: int) -> list[float]:
    """The pauses in seconds before that many repetitions, by the formula of the catalogue.

    max(floor, min(cap, first · factor^n + step · n)) + jitter
    """

    def given(key: str, otherwise: float) -> float:
        about = pauses.get(key, {})
        passed = (keywords[it] for it in about.get("arguments", []) if it in keywords)
        return next(passed, about.get("absent", otherwise))

    unit = 0.001 if pauses.get("unit") == "ms" else 1.0
    first, factor, step = given("first", 0), given("factor", 1), given("step", 0)
    floor, cap = given("floor", 0), given("cap", math.inf)
    random_by = pauses.get("random-by")
    jitter = given("jitter", 0) if keywords.get(random_by, True) else 0
    every = (first * factor**n + step * n for n in range(number))
    found = [unit * (max(floor, min(cap, it)) + jitter) for it in every]
    return found[pauses.get("skipped", 0) :]


def _pause(subject: Subject, path: str, recipe: dict[str, Any]) -> Iterator[Fact]:
    pause = subject.entry.data["pause"]
    default = pause.get("default", pause["absent"])
    asks = _repeats(path, recipe, {})
    if default != "nothing to pause between":
        verdict = expect.paused if pause["absent"] == "bounded" else expect.unpaused
        yield subject.fact("run", f"`{path}` by itself: {default}", asks, verdict)
    if "sure" in recipe:
        sure, about = recipe["sure"], subject.entry.data["pauses"]
        counts = subject.entry.data["attempts"]
        number = next(sure[it] for it in counts["arguments"] if it in sure)
        foretold = _foretold(about, sure, number - (counts["counts"] == "attempts"))
        says = f"`{path}` pauses for {', '.join(f'{it:g}' for it in foretold)} s"
        yield subject.fact("run", says, _repeats(path, recipe, sure), expect.pausing(foretold))
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


def _calls(data: dict[str, Any]) -> int | None:
    """How many calls there are when nobody writes how many; None when there is no end."""
    if "attempts" in data:
        absent = data["attempts"].get("absent")
        return None if absent is None else absent + (data["attempts"]["counts"] == "retries")
    if data["limit"]["absent"] == "unbounded":
        return None
    default = data["limit"]["default"]
    match = re.match(r"(\d+|no) (retries|retry|attempts)", default)
    if not match:
        raise ValueError(f"no number of calls: `{default}`")
    number = 0 if match[1] == "no" else int(match[1])
    return number + (match[2] != "attempts")
