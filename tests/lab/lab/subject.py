"""An entry in an environment, and the experiments that can be made with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.catalog import Entry, within
from lab.environments import Environment
from lab.facts import Experiment, Fact, Manner, Verdict
from lab.recipes import Recipe, Step
from lab.values import Value, call, nested

#: The timeout that experiments on the wire pass: no library's default.
SEVEN = 7

#: Dicts that a class takes as an object, by argument.
_OBJECTS = dict.fromkeys(("config", "boto_config"), "botocore.config.Config")


@dataclass(frozen=True)
class Subject:
    """An entry in an environment, and how to run it there; no recipe means introspection only."""

    entry: Entry
    environment: Environment
    recipe: Recipe | None = None

    def runs(self, versions: str) -> bool:
        """Whether its package is installed in one of these versions."""
        version = self.environment.version(self.entry.package)
        return version is not None and within(version, versions)

    def fact(
        self, manner: Manner, says: str, experiment: Experiment, verdict: Verdict, **more: Any
    ) -> Fact:
        """A fact about it."""
        environ = self.recipe.environ if self.recipe else {}
        return Fact(
            self.entry, self.environment, manner, says, experiment, verdict, environ, **more
        )


@dataclass(frozen=True)
class Runner:
    """Describes experiments with one class."""

    subject: Subject
    recipe: Recipe
    path: str

    @property
    def timeout(self) -> dict[str, Any]:
        """What the entry says of the timeout."""
        return self.subject.entry.data["timeout"]

    @property
    def unit(self) -> float:
        """How many seconds its number 1 is."""
        return {"s": 1.0, "ms": 0.001}[self.timeout["unit"]]

    @property
    def seven(self) -> str:
        """How long the number that experiments pass is."""
        return f"{SEVEN * self.unit:g} s"

    def passing(self, argument: str, value: Value) -> dict[str, Value]:
        """The keywords that pass a value: `a.b` goes into a dict, or an object where one is due."""
        keywords = nested(argument, value)
        objects = dict(_OBJECTS)
        if self.recipe.http_client:
            objects["http_client"] = self.recipe.http_client
        for outer, path in objects.items():
            if "." in argument and outer in keywords:
                keywords[outer] = call(path, **keywords[outer])
        return keywords

    def asks(
        self,
        arguments: dict[str, Value],
        server: str = "status:400",
        steps: list[Step] | None = None,
        asynchronous: bool = False,
        **bounds: Any,
    ) -> Experiment:
        """Builds the class with these arguments and calls it."""
        if steps is None:
            steps = [self.recipe.step_async if asynchronous else self.recipe.step]
        details = {
            "make": self.recipe.making(self.path, arguments),
            "steps": steps,
            "server": server,
            "everywhere": self.recipe.everywhere,
            "asynchronous": asynchronous or self.recipe.asynchronous,
        }
        return Experiment("request", details, **bounds)

    def waits(self, arguments: dict[str, Value], server: str, limit: float | None = None) -> Any:
        """The same for an experiment that mostly waits; the recipe says how patient to be."""
        return self.asks(arguments, server=server, limit=limit or self.recipe.patience, waits=True)
