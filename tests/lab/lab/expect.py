"""Verdicts: what must be seen for a sentence of the catalogue to hold."""

from __future__ import annotations

import re

from lab.facts import CannotTellError, Outcome, Verdict

#: How far a measured second may lie from the expected one on a busy machine.
_TOLERANCE = 0.8

#: The same for a pause, which nothing but the scheduler lengthens. Half of the shortest pause that
#: a spoilt entry of the self-test denies, whatever its jitter does.
_PAUSE_TOLERANCE = 0.35

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


def seconds(text: str) -> float | None:
    """`"600 s"` as 600.0; None for `"forever"`. Raises `ValueError` at anything else."""
    if text == "forever":
        return None
    match = re.fullmatch(r"([\d.]+) ?(ms|s|min|h)", text)
    if not match:
        raise ValueError(f"no duration: `{text}`")
    return float(match[1]) * _UNITS[match[2]]


def exists(path: str) -> Verdict:
    """A path can be imported."""

    def verdict(outcome: Outcome) -> str | None:
        return outcome["paths"][path].get("error")

    return verdict


def one(paths: list[str]) -> Verdict:
    """Every one of these paths that can be imported means the same class."""

    def verdict(outcome: Outcome) -> str | None:
        things = {it["is"] for path, it in outcome["paths"].items() if path in paths and "is" in it}
        if len(things) == 1:
            return None
        return f"they mean {', '.join(sorted(things)) or 'nothing'}"

    return verdict


def drops(outcome: Outcome) -> str | None:
    """An argument of another name is neither refused nor kept."""
    others = outcome["signature"]["others"]
    return None if others in (None, "ignore") else f"it would {others} it"


def takes(argument: str, runs: bool) -> Verdict:
    """An argument can be passed.

    Of something with `**kwargs` a signature cannot tell; with `runs`, the wire does.
    """

    def verdict(outcome: Outcome) -> str | None:
        signature = outcome["signature"]
        if argument in signature["arguments"]:
            return None
        if signature["others"] == "allow":
            if runs:
                return None
            raise CannotTellError
        return f"its arguments are {_listed(signature['arguments'])}"

    return verdict


def default(argument: str, absent: str, unit: str) -> Verdict:
    """A default that is a number is what the catalogue says; another one leaves it to the wire."""

    def verdict(outcome: Outcome) -> str | None:
        about = outcome["signature"]["arguments"].get(argument)
        if about is None:
            return (
                None if outcome["signature"]["others"] != "forbid" else "there is no such argument"
            )
        if "default" not in about:
            return "it is required"
        value = about["default"]
        if not isinstance(value, int | float) or absent == "unknown":
            return None
        limit = seconds(absent)
        if limit is not None and abs(value * _UNITS[unit] - limit) < 1e-6:
            return None
        return f"its default is {value}"

    return verdict


def number(argument: str, expected: int, runs: bool) -> Verdict:
    """An argument is there, and a default that is a number is the expected one."""

    def verdict(outcome: Outcome) -> str | None:
        wrong = takes(argument, runs)(outcome)
        value = outcome["signature"]["arguments"].get(argument, {}).get("default")
        if wrong or not isinstance(value, int | float) or value == expected:
            return wrong
        return f"its default is {value}, not {expected}"

    return verdict


def on_wire(expected: str) -> Verdict:
    """Every request leaves with that timeout, `"forever"` for none."""
    limit = seconds(expected)

    def verdict(outcome: Outcome) -> str | None:
        wires = outcome["wire"]
        if not wires:
            return f"no request left: {outcome.get('error')}"
        for wire in wires:
            waits = [it for it in (wire["read"], wire["total"]) if it is not None]
            actual = min(waits, default=None)
            if actual != limit and not (actual and limit and abs(actual - limit) < 1e-6):
                return f"on the wire: {_shown(wire)}"
        return None

    return verdict


def not_on_wire(number: float) -> Verdict:
    """A request leaves, and not with that timeout."""

    def verdict(outcome: Outcome) -> str | None:
        wires = outcome["wire"]
        if not wires:
            return f"no request left: {outcome.get('error')}"
        bad = [it for it in wires if number in (it["read"], it["total"])]
        return f"on the wire: {_shown(bad[0])}" if bad else None

    return verdict


def raises_before_request(outcome: Outcome) -> str | None:
    """It ends in an error, and nothing was sent."""
    if outcome.get("requests"):
        return f"{outcome['requests']} requests were sent"
    return None if "error" in outcome else "it raised nothing"


def effect(words: str) -> Verdict:
    """What the words of an entry say that a value does: raise an error, fail, or be replaced."""
    raised = re.findall(r"\b[A-Z]\w+(?:Error|Timeout)\b", words)
    replaced = re.search(r"(\d+ s)$", words)

    def verdict(outcome: Outcome) -> str | None:
        if not raised and replaced:
            return on_wire(replaced[1])(outcome)
        if outcome["requests"]:
            return f"{outcome['requests']} requests arrived"
        error = outcome.get("error", "no error")
        if raised and error.partition(":")[0] not in raised:
            return f"it gave {error}"
        at = "make" if re.search(r" when the \w+ is (built|made)", words) else None
        if at and outcome["stage"] != at:
            return f"it failed at the {outcome['stage']}"
        return None if "error" in outcome else "it raised nothing"

    return verdict


def hangs(outcome: Outcome) -> str | None:
    """One request, no timeout on it, and no end within the limit of the experiment."""
    if outcome["ended"]:
        return f"it ended after {outcome.get('seconds')} s: {outcome.get('error')}"
    if outcome["requests"] != 1:
        return f"there were {outcome['requests']} requests"
    return on_wire("forever")(outcome)


def hangs_unseen(outcome: Outcome) -> str | None:
    """It is connected and does not end, in a protocol that nothing here understands."""
    if outcome["ended"]:
        return f"it ended after {outcome.get('seconds')} s: {outcome.get('error')}"
    return None if outcome["connections"] else "it did not connect"


def goes_on(outcome: Outcome) -> str | None:
    """It has not ended within the limit of the experiment, although something came all the time."""
    if outcome["ended"]:
        return f"it ended after {outcome.get('seconds')} s: {outcome.get('error')}"
    return None if outcome["requests"] == 1 else f"there were {outcome['requests']} requests"


def requests(expected: int, each: float | None = None) -> Verdict:
    """It ends in an error after so many requests, each of which took at least so many seconds."""

    def verdict(outcome: Outcome) -> str | None:
        if not outcome["ended"]:
            return f"no end after {outcome['requests']} requests"
        if outcome["requests"] != expected:
            return f"there were {outcome['requests']} requests: {outcome.get('error')}"
        least = (each or 0.0) * expected
        if outcome["seconds"] < least - _TOLERANCE:
            return f"it ended after {outcome['seconds']} s"
        return None

    return verdict


def pauses(cap: str) -> Verdict:
    """There is a pause, and none is longer than the cap."""
    limit = seconds(cap) or 0.0

    def verdict(outcome: Outcome) -> str | None:
        longest = max(outcome["pauses"], default=0.0)
        if longest <= limit + _PAUSE_TOLERANCE:
            return None
        return f"there was a pause of {longest} s"

    return verdict


def _shown(wire: dict[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in wire.items())


def _listed(arguments: dict[str, object]) -> str:
    names = sorted(arguments)
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "") if names else "unknown"


def endless(outcome: Outcome) -> str | None:
    """It would have gone on."""
    return None if outcome.get("endless") else f"it ended after {outcome['calls']} calls"


def calls(expected: int) -> Verdict:
    """It ends after so many calls."""

    def verdict(outcome: Outcome) -> str | None:
        if outcome.get("endless"):
            return "it does not end"
        actual = outcome["calls"]
        return None if actual == expected else f"there were {actual} calls: {outcome.get('error')}"

    return verdict


def unpaused(outcome: Outcome) -> str | None:
    """It called again, and never paused."""
    if outcome["calls"] < 2:
        return f"it was not repeated: {outcome.get('error')}"
    longest = max(outcome["pauses"], default=0.0)
    return f"there was a pause of {longest} s" if longest else None


def paused(outcome: Outcome) -> str | None:
    """It paused."""
    return None if max(outcome["pauses"], default=0.0) > 0 else "it did not pause"


def never(words: str) -> Verdict:
    """Nothing that an experiment shows would do."""
    return lambda _: words


def step_limit(expected: int) -> Verdict:
    """A graph stops after so many steps."""

    def verdict(outcome: Outcome) -> str | None:
        return None if outcome["limit"] == expected else f"its limit is {outcome['limit']}"

    return verdict


def ends(outcome: Outcome) -> str | None:
    """It does not go on for ever."""
    return f"{outcome['calls']} calls and no end" if outcome.get("endless") else None


def pausing(expected: list[float]) -> Verdict:
    """It pauses exactly like that."""

    def verdict(outcome: Outcome) -> str | None:
        actual = outcome["pauses"]
        pairs = zip(actual, expected, strict=False)
        if len(actual) == len(expected) and all(abs(a - b) < 0.01 for a, b in pairs):
            return None
        return f"it pauses for {', '.join(f'{it:g}' for it in actual) or 'nothing'} s"

    return verdict
