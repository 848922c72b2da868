"""What the lab checks: a sentence of the catalogue, the experiment that tells, the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.catalog import Entry
from lab.environments import Environment

#: What a worker tells about an experiment.
Outcome = dict[str, Any]

#: None when the outcome is as the catalogue says, else what happened instead.
Verdict = Callable[[Outcome], str | None]

Manner = Literal["introspection", "wire", "run"]


class CannotTellError(Exception):
    """An outcome that says neither that a sentence holds nor that it does not."""


@dataclass(frozen=True)
class Experiment:
    """What a worker shall do: a kind that it knows, its details, and the seconds it may take."""

    kind: str
    details: dict[str, Any]
    limit: float = 20.0
    waits: bool = False

    def described(self, number: int) -> dict[str, Any]:
        """The experiment as a worker reads it."""
        bounds = {"id": number, "kind": self.kind, "limit": self.limit, "waits": self.waits}
        return bounds | self.details


@dataclass(frozen=True)
class Fact:
    """One sentence about one entry, in one environment."""

    entry: Entry
    environment: Environment
    manner: Manner
    says: str
    experiment: Experiment
    verdict: Verdict
    #: Settings of the process, such as a key that the class reads from its environment.
    environ: dict[str, str] = field(default_factory=dict)
    #: Whether it is enough that it holds in one environment: an old path in an old version.
    anywhere: bool = False

    @property
    def version(self) -> str:
        """The version of the package that was looked at."""
        return self.environment.version(self.entry.package) or "unknown"


@dataclass(frozen=True)
class Checked:
    """A fact and why it does not hold, if it does not."""

    fact: Fact
    wrong: str | None
    #: Whether nothing was found out: this version lacks the thing, which the facts about its paths
    #: tell, or its signature takes anything.
    moot: bool = False


def judged(fact: Fact, outcome: Outcome | None) -> Checked:
    """What an outcome means for a fact; none at all is a failure of the lab, and so of the fact."""
    if outcome is None:
        return Checked(fact, "the experiment gave no outcome")
    if outcome.get("moot") and not fact.anywhere:
        return Checked(fact, None, moot=True)
    try:
        wrong = fact.verdict(outcome)
    except CannotTellError:
        return Checked(fact, None, moot=True)
    except (KeyError, IndexError, TypeError) as error:
        # An outcome without what the verdict asks for: the experiment broke before it came there.
        wrong = outcome.get("error") or f"the outcome lacks {error}"
    return Checked(fact, wrong)


def united(checked: list[Checked]) -> list[Checked]:
    """One line for each fact: those that may hold anywhere are joined over their environments."""
    single = [it for it in checked if not it.fact.anywhere and not it.moot]
    joined: dict[tuple[str, str, str], Checked] = {}
    for it in checked:
        if it.fact.anywhere:
            key = (it.fact.entry.file, it.fact.entry.name, it.fact.says)
            if key not in joined or it.wrong is None:
                joined[key] = it
    return single + list(joined.values())
