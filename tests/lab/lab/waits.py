"""What needs a clock: whether a call ends, after how many requests, with which pauses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab import expect
from lab.facts import Fact
from lab.subject import Runner
from lab.values import Value


def facts(runner: Runner) -> Iterator[Fact]:
    """Everything that the entry says of stalled, trickling and refusing servers."""
    fact, timeout = runner.subject.fact, runner.timeout
    retries = runner.subject.entry.data.get("retries", {})
    if timeout["absent"] == "forever":
        asks = runner.waits({}, "hang", limit=4)
        verdict = expect.hangs if runner.recipe.http else expect.hangs_unseen
        yield fact("run", "a stalled call goes on without end", asks, verdict)
    if not timeout.get("arguments") or not runner.recipe.http:
        return
    second = 1 if runner.unit == 1 else 1000
    # An answer cannot trickle through a handshake that gets no further.
    if not runner.recipe.everywhere:
        # Wide enough that a busy machine does not starve the server for as long.
        two = runner.passing(timeout["arguments"][0], 2 * second)
        asks = runner.waits(two, "trickle:0.25", limit=6)
        yield fact("run", "a timeout bounds each read and not the whole", asks, expect.goes_on)
    one = runner.passing(timeout["arguments"][0], second)
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
    asks = runner.waits(one, "hang")
    says = f"a stalled call with a timeout ends after {requests} requests"
    yield runner.subject.fact("run", says, asks, expect.requests(requests, each=1.0))


def _counted(runner: Runner, one: dict[str, Value], retries: dict[str, Any]) -> Iterator[Fact]:
    argument = retries["argument"]
    for number in (1, 3):
        requests = number + (retries["counts"] == "retries")
        server = "hang" if retries.get("after-timeout", True) else "status:503"
        asks = runner.waits(one | {argument: number}, server)
        says = f"`{argument}={number}` makes {requests} requests"
        yield runner.subject.fact("run", says, asks, expect.requests(requests))


def _refused(runner: Runner, retries: dict[str, Any]) -> Iterator[Fact]:
    requests = retries["requests"] if runner.recipe.refused is None else runner.recipe.refused
    for status in (503, 429):
        asks = runner.waits({}, f"status:{status}")
        says = f"a {status} is asked {requests} times"
        yield runner.subject.fact("run", says, asks, expect.requests(requests))
    if "pause-cap" in retries:
        asks = runner.waits({}, "status:503")
        says = f"pauses are at most {retries['pause-cap']}"
        yield runner.subject.fact("run", says, asks, expect.pauses(retries["pause-cap"]))
