"""Who knows the facts of an entry, by the key of the catalogue under which it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab import agents, clients, http, retries
from lab.facts import Fact
from lab.subject import Subject

FACTS: dict[str, Callable[[Subject], Iterator[Fact]]] = {
    "client": clients.facts,
    "http": http.facts,
    "factory": clients.paths,
    "untimed": clients.paths,
    "retry": retries.facts,
    "agent": agents.facts,
}
