"""Whether the lab notices a wrong catalogue: entries spoilt in one place each must fail there."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lab import kinds, pool, recipes
from lab.catalog import Entry
from lab.environments import Environment
from lab.facts import Fact
from lab.subject import Subject

#: Changes an entry in one place.
Spoil = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Case:
    """An entry, what is made wrong in it, and a part of the sentence that must then fail."""

    entry: str
    what: str
    fails: str
    spoil: Spoil
    fast: bool = False


def _set(keys: str, value: object) -> Spoil:
    def spoil(data: dict[str, Any]) -> None:
        *outer, last = keys.split(".")
        for key in outer:
            data = data[int(key)] if isinstance(data, list) else data[key]
        data[last] = value

    return spoil


_OPENAI = "langchain_openai.ChatOpenAI"
_OLLAMA = "langchain_ollama.ChatOllama"
_BEDROCK = "langchain_aws.ChatBedrockConverse"
_ANTHROPIC = "langchain_anthropic.ChatAnthropic"
_REQUESTS = "requests.delete"
_TENACITY = "tenacity.retry"
_MIDDLEWARE = "langchain.agents.middleware.ModelRetryMiddleware"
_AGENT = "langchain.agents.create_agent"

CASES = [
    Case(_OPENAI, "a path", "exists", _set("paths", [_OPENAI, "langchain_openai.Chat"]), True),
    Case(
        _OPENAI, "a class", "one thing", _set("paths", [_OPENAI, "langchain_openai.OpenAI"]), True
    ),
    Case(_OLLAMA, "an argument", "takes", _set("timeout.arguments", ["deadline"]), True),
    Case(_ANTHROPIC, "a number of requests", "by default", _set("retries.requests", 2), True),
    Case(_OPENAI, "what omitting means", "omitted", _set("timeout.absent", "600 s")),
    Case(_BEDROCK, "a default", "omitted", _set("timeout.absent", "30 s")),
    Case(_OPENAI, "a unit", "=7`", _set("timeout.unit", "ms")),
    Case(_OPENAI, "what None means", "=None", _set("timeout.none", "600 s")),
    Case(_ANTHROPIC, "what zero means", "=0", _set("timeout.zero", "forever")),
    Case(
        _ANTHROPIC,
        "a method",
        "with_structured",
        _set("timeout.per-call", ["with_structured_output"]),
    ),
    Case(
        _OLLAMA,
        "what is ignored",
        "client_kwargs",
        _set(
            "ignored",
            [
                {"argument": "client_kwargs.timeout", "effect": "is dropped without a word"},
            ],
        ),
    ),
    Case(_BEDROCK, "who hangs", "without end", _set("timeout.absent", "forever")),
    Case(_OPENAI, "what retries count", "max_retries=1", _set("retries.counts", "attempts")),
    Case(_OPENAI, "a number of requests", "ends after", _set("retries.requests", 4)),
    Case(_OPENAI, "the longest pause", "pauses", _set("retries.pause-cap", "0 s")),
    Case(_REQUESTS, "a default", "without a timeout", _set("timeout.absent", "30 s")),
    Case(_REQUESTS, "what None means", "=None", _set("timeout.none", "30 s")),
    Case(_TENACITY, "an end", "by itself", _set("attempts.absent", 3)),
    Case(_TENACITY, "a pause", "by itself", _set("pause.absent", "bounded")),
    Case(_MIDDLEWARE, "a number of calls", "by itself", _set("attempts.absent", 3)),
    Case(_MIDDLEWARE, "the growth of pauses", "pauses for", _set("pauses.factor.absent", 3)),
    Case(_AGENT, "a number of steps", "allowed", _set("limit.0.absent", 25)),
    Case(
        _AGENT,
        "what ends a run",
        "exit_behavior",
        _set(
            "limit.0.exit-behavior",
            {"langchain.agents.middleware.ToolCallLimitMiddleware": ["continue"]},
        ),
    ),
]


def failures(environment: Environment, entries: list[Entry], processes: int) -> Iterator[str]:
    """A line for each spoilt place that nobody noticed; needs the environment `core`."""
    known = recipes.read()
    for case in CASES:
        entry = next(it for it in entries if it.name == case.entry)
        facts = list(_spoilt(case, entry, environment, known))
        checked = pool.run(facts, processes, lambda _: None)
        if not any(it.wrong for it in checked):
            yield f"nobody noticed that {case.what} of {case.entry} was wrong"


def _spoilt(
    case: Case, entry: Entry, environment: Environment, known: list[recipes.Recipe]
) -> Iterator[Fact]:
    """The facts of the spoilt entry that speak of the spoilt place."""
    data = copy.deepcopy(entry.data)
    case.spoil(data)
    spoilt = dataclasses.replace(entry, data=data)
    version = environment.version(entry.package)
    subject = Subject(spoilt, environment, recipes.of(case.entry, version, known))
    for fact in kinds.FACTS[entry.kind](subject):
        if case.fails in fact.says and (fact.manner == "introspection" or not case.fast):
            yield fact
