"""How to build and call each class against a server of ours, read from `recipes.toml`."""

from __future__ import annotations

import copy
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.catalog import within
from lab.values import Value, call, merged

#: A method, its positional arguments and its keywords, as `worker` calls it.
Step = list[Any]

_FILE = Path(__file__).resolve().parent.parent / "recipes.toml"

#: How each kind of client is asked something, unless its recipe says otherwise.
_STEPS: dict[str, Step] = {
    "chat": ["invoke", ["hi"], {}],
    "llm": ["invoke", ["hi"], {}],
    "embeddings": ["embed_query", ["hi"], {}],
    "reranker": ["rerank", [["hi"], "hi"], {}],
    "tool": ["invoke", [{"query": "hi"}], {}],
}


@dataclass(frozen=True)
class Recipe:
    """What a class needs to send a request to `{url}`."""

    classes: list[str]
    make: dict[str, Value]
    step: Step
    environ: dict[str, str] = field(default_factory=dict)
    #: For which versions of the package of the class it works, all unless written.
    versions: str = ""
    #: Packages without which it does not work.
    needs: list[str] = field(default_factory=list)
    #: Whether the class is told no address, so that whatever leaves for any host has to arrive.
    everywhere: bool = False
    #: Whether it speaks HTTP; of what does not, only whether it ends is seen.
    http: bool = True
    #: Whether `step` has to be awaited.
    asynchronous: bool = False
    #: The same request as a coroutine, when there is one.
    step_async: Step | None = None
    #: The classes of clients that the arguments of these names take.
    http_client: str | None = None
    http_async_client: str | None = None
    #: Requests at a 503 or 429 when that differs from what happens at a stall, with the reason.
    refused: int | None = None
    #: Seconds after which an experiment that waits is given up.
    patience: float = 75
    #: Facts that this machine cannot check, by what they say, with the reason.
    skip: dict[str, str] = field(default_factory=dict)

    def works_in(self, version: str | None) -> bool:
        """Whether it is written for that version."""
        return version is not None and within(version, self.versions)

    def making(self, path: str, arguments: dict[str, Value]) -> Value:
        """The call that builds the class with these arguments over those of the recipe."""
        return call(path, **merged(self.make, arguments))


def read(file: Path = _FILE) -> list[Recipe]:
    """All recipes, in the order of the file."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return [_recipe(it) for it in data["recipe"]]


def of(path: str, version: str | None, recipes: list[Recipe]) -> Recipe | None:
    """The recipe for a class in a version of its package."""
    return next((it for it in recipes if path in it.classes and it.works_in(version)), None)


def _recipe(data: dict[str, Any]) -> Recipe:
    data = copy.deepcopy(data)
    usual = _STEPS[data.pop("kind", "chat")]
    step = data.pop("step", usual)
    # LangChain names coroutines like this; an SDK has clients of their own for them.
    named = [f"a{step[0]}", *step[1:]] if step is usual and step[0] != "rerank" else None
    step_async = data.pop("step-async", named) or None
    names = {key.replace("-", "_"): value for key, value in data.items()}
    return Recipe(step=step, step_async=step_async, **names)
