"""What `unhang budget` says of an application before it runs, and whether it happens."""

from __future__ import annotations

import json
import subprocess
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lab.catalog import ROOT
from lab.environments import Environment
from lab.running import Running, StartError, ask
from lab.server import Server

APPS = ROOT / "tests" / "lab" / "apps"

#: How far a measured time may be from the predicted one: a part of it, and seconds.
_PART, _SECONDS = 0.1, 1.0

#: Seconds to wait beyond what is predicted before it counts as wrong.
_PATIENCE = 10.0

#: What a server writes into its log when it gives up, by the first word of its limits' names.
_GIVES_UP = {
    "celery": "Hard time limit",
    "gunicorn": "WORKER TIMEOUT",
    "nginx": "upstream timed out",
}

#: What an application answers itself: a text, or that it has failed.
_ANSWERS = ("200", "500")

#: What Celery writes when it begins a task.
_RECEIVED = r"Task \S+ received"


class PredictionError(Exception):
    """No prediction to compare with: unhang does not run, or says less than it has to."""


@dataclass(frozen=True)
class Application:
    """One folder of `apps/`, as `budget.toml` describes it."""

    name: str
    ports: list[int]
    model: str
    call: str | None
    ends: str | None


@dataclass(frozen=True)
class Prediction:
    """The worst case of the entry point, and who gives up before: times in seconds."""

    entry: str
    worst: float
    hop: str | None
    limit: float | None


@dataclass(frozen=True)
class Events:
    """When something happened, on the monotonic clock, and what the caller saw."""

    start: float
    answered: float
    over: float | None
    answer: str


@dataclass(frozen=True)
class Measurement:
    """What happened, in seconds from the beginning."""

    answer: str
    answered: float
    over: float | None
    gave_up: tuple[str, float] | None
    asked: int


@dataclass(frozen=True)
class Outcome:
    """A prediction beside what happened."""

    name: str
    right: bool
    text: str

    def line(self) -> str:
        """The same for people."""
        return f"{'' if self.right else 'WRONG: '}{self.name}: {self.text}"


def read(only: list[str] | None) -> list[Application]:
    """The applications whose names contain one of the texts; all without texts."""
    file = ROOT / "tests" / "lab" / "budget.toml"
    entries = tomllib.loads(file.read_text(encoding="utf-8")).items()
    return [
        Application(
            name,
            it.get("ports", []),
            it.get("model", "hang"),
            it.get("call"),
            it.get("ends"),
        )
        for name, it in entries
        if not only or any(part in name for part in only)
    ]


def run(
    apps: list[Application], environment: Environment, unhang: Path, processes: int
) -> Iterator[Outcome]:
    """Predicts and measures all of them, some at the same time."""
    with ThreadPoolExecutor(processes) as pool:
        yield from pool.map(lambda it: _checked(it, environment, unhang), apps)


def _checked(app: Application, environment: Environment, unhang: Path) -> Outcome:
    try:
        prediction = predicted(app, unhang)
        measurement = _measured(app, prediction, environment)
    except (PredictionError, StartError) as error:
        return Outcome(app.name, False, str(error))
    return compared(app, prediction, measurement)


def predicted(app: Application, unhang: Path) -> Prediction:
    """What `unhang budget` says.

    Raises `PredictionError` when that is not one entry point with a worst case that is known.
    """
    command = [str(unhang), "budget", "--format", "json", "--project", str(APPS / app.name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise PredictionError(done.stderr.strip())
    entries = json.loads(done.stdout)["entry_points"]
    if len(entries) != 1:
        raise PredictionError(f"{len(entries)} entry points instead of one")
    entry, worst = entries[0], entries[0]["worst"]
    if worst["endless"] or worst["at_most_ms"] != worst["at_least_ms"]:
        raise PredictionError(f"a worst case that nothing can be compared with: {worst['text']}")
    first = entry["gives_up_first"]
    hop = {} if first is None else entry["hops"][first]
    limit = hop.get("limit_ms")
    seconds = None if limit is None else limit / 1000
    return Prediction(entry["name"], worst["at_most_ms"] / 1000, hop.get("id"), seconds)


def _measured(app: Application, prediction: Prediction, environment: Environment) -> Measurement:
    with Server(app.model) as model:
        environ = {"OPENAI_API_BASE": f"{model.url}/v1", "OPENAI_API_KEY": "none"}
        programs = environment.python.parent
        with Running(APPS / app.name, app.ports, programs, environ) as running:
            running.wait_until_ready()
            if app.call:
                seen = _task(app.call, prediction, running)
            else:
                seen = _route(app, prediction, running)
            gave_up = _who_gave_up(running, seen.start)
        return Measurement(
            seen.answer,
            seen.answered - seen.start,
            None if seen.over is None else seen.over - seen.start,
            gave_up,
            len(model.requests),
        )


def _route(app: Application, prediction: Prediction, running: Running) -> Events:
    """Asks the route, and waits for the end of the work where that comes later."""
    start = time.monotonic()
    patience = prediction.worst + _PATIENCE
    answer = ask(app.ports[0], prediction.entry, patience)
    answered = time.monotonic()
    over: float | None = answered
    if app.ends:
        line = running.wait_for_line(app.ends, patience - (answered - start), start)
        over = line.at if line else None
    # A dying process is heard a little later than its connection is closed.
    time.sleep(1)
    return Events(start, answered, over, answer)


def _task(call: str, prediction: Prediction, running: Running) -> Events:
    """The same for the task of a queue, from the moment at which a worker takes it."""
    running.start(call)
    received = running.wait_for_line(_RECEIVED, 60)
    if not received:
        raise StartError(running.last_words())
    ends = rf"{_GIVES_UP['celery']}|Task \S+ (succeeded|raised)"
    line = running.wait_for_line(ends, prediction.worst + _PATIENCE, received.at)
    if not line:
        return Events(received.at, time.monotonic(), None, "no end")
    return Events(received.at, line.at, line.at, "an end")


def _who_gave_up(running: Running, start: float) -> tuple[str, float] | None:
    said = ((name, running.said(text, start)) for name, text in _GIVES_UP.items())
    found = [(name, line.at - start) for name, line in said if line]
    return min(found, key=lambda it: it[1], default=None)


def compared(app: Application, prediction: Prediction, measured: Measurement) -> Outcome:
    """Whether it happened as predicted, within a tenth and a second."""
    right = measured.asked > 0
    predicted = [f"{prediction.worst:g} s"]
    happened = []
    if prediction.limit is None:
        predicted.append("nobody gives up")
        right = right and measured.gave_up is None and measured.answer in _ANSWERS
    else:
        predicted.append(f"{prediction.hop} gives up after {prediction.limit:g} s")
        who = measured.gave_up and measured.gave_up[0]
        right = right and who == (prediction.hop or "").split(".", 1)[0]
        right = right and _near(measured.answered, prediction.limit)
    # Who is killed does not come to the end of the work.
    if prediction.limit is None or app.ends:
        right = right and _near(measured.over, prediction.worst)
        happened.append("no end" if measured.over is None else f"{measured.over:.1f} s")
    if measured.gave_up:
        who, when = measured.gave_up
        happened.append(f"{who} gave up after {when:.1f} s")
    else:
        happened.append("nobody gave up")
    happened.append(f"{measured.answer} after {measured.answered:.1f} s")
    text = f"predicted {', '.join(predicted)}; measured {', '.join(happened)}"
    return Outcome(app.name, right, text)


def _near(measured: float | None, foretold: float) -> bool:
    return measured is not None and abs(measured - foretold) <= _PART * foretold + _SECONDS
