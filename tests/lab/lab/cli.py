"""The command line of the lab."""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from lab import (
    budget,
    catalog,
    clients,
    environments,
    kinds,
    pinning,
    pool,
    recipes,
    report,
    selftest,
    verified,
)
from lab.catalog import Entry
from lab.environments import Environment
from lab.facts import Fact, united
from lab.recipes import Recipe
from lab.subject import Subject

_QUICK = ("introspection", "wire")
_ALL = (*_QUICK, "run")

#: The environment of the fast part: the six most used packages of providers, and langgraph.
_FAST = "core"

#: The programs that can be asked for a budget, the first that is there.
_PROGRAMS = [catalog.ROOT / "target" / it / "unhang" for it in ("debug", "release")]


def main() -> int:
    """Checks what was asked for; 1 when a fact does not hold, 2 when the lab could not work."""
    arguments = _parser().parse_args()
    start = time.monotonic()
    if arguments.pin:
        return _pin(arguments.pin)
    if arguments.budget:
        return _budget(arguments)
    small = arguments.fast or arguments.self_test
    names = [_FAST] if small else arguments.environment or environments.names()
    try:
        ready = [_ready(name, arguments.cache) for name in names]
    except environments.InstallError as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.self_test:
        return _self_test(ready[0], arguments.processes)
    facts = [it for it in _facts(ready) if _asked(it, arguments)]
    if not facts:
        print("no fact fits", file=sys.stderr)
        return 2
    checked = united(pool.run(facts, arguments.processes, _tell))
    for line in report.lines(checked):
        if line.startswith("facts:"):
            _tell(f"{time.monotonic() - start:.0f} s")
        print(line, flush=True)
    if arguments.write:
        verified.write(checked, catalog.read(), datetime.date.today())
    return int(any(it.wrong for it in checked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests/lab/run.py", description=__doc__)
    add = parser.add_argument
    add("--fast", action="store_true", help="introspection of the most used packages only")
    add("--self-test", action="store_true", help="spoil entries and see that it is noticed")
    add("--budget", action="store_true", help="run small applications as `unhang budget` predicts")
    add("--unhang", type=Path, help="the program to ask for a budget; one in target/ otherwise")
    add("--write", action="store_true", help="note in rules/verified/ what held today")
    add("--pin", metavar="NAME", help="write the newest pins that fit requirements/NAME.in")
    add("--only", action="append", help="entries whose file or path contains this text")
    add("--environment", action="append", choices=environments.names(), help="only this one")
    add("--cache", type=Path, default=environments.CACHE, help="where environments are kept")
    add("--processes", type=int, default=2, help="how many experiments compute side by side")
    return parser


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _pin(name: str) -> int:
    try:
        pinning.pin(name)
    except environments.InstallError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _budget(arguments: argparse.Namespace) -> int:
    start = time.monotonic()
    program = arguments.unhang or next((it for it in _PROGRAMS if it.exists()), None)
    apps = budget.read(arguments.only)
    if not program or not apps:
        print("no application fits" if program else "run `cargo build` before", file=sys.stderr)
        return 2
    try:
        environment = _ready("budget", arguments.cache)
    except environments.InstallError as error:
        print(error, file=sys.stderr)
        return 2
    right = 0
    # Applications wait most of the time.
    for outcome in budget.run(apps, environment, program, 2 * arguments.processes):
        print(outcome.line(), flush=True)
        right += outcome.right
    _tell(f"{time.monotonic() - start:.0f} s")
    print(f"budget: {right}/{len(apps)} as predicted")
    return int(right < len(apps))


def _self_test(environment: Environment, processes: int) -> int:
    unnoticed = list(selftest.failures(environment, catalog.read(), processes))
    for line in unnoticed:
        print(line)
    number = len(selftest.CASES)
    print(f"spoilt entries: {number - len(unnoticed)}/{number} noticed")
    return int(bool(unnoticed))


def _ready(name: str, cache: Path) -> Environment:
    start = time.monotonic()
    environment = environments.ready(name, cache)
    _tell(
        f"environment `{name}`: {len(environment.pins)} packages, {time.monotonic() - start:.0f} s"
    )
    return environment


def _facts(ready: list[Environment]) -> Iterator[Fact]:
    known = recipes.read()
    for entry in catalog.read():
        seen: set[str | None] = set()
        together: set[frozenset[tuple[str, str | None]]] = set()
        for environment, recipe in _equipped(entry, ready, known):
            version = environment.version(entry.package)
            subject = Subject(entry, environment, recipe)
            # Other packages, or others together, have it under some of the paths.
            pairs = ((it, environment.version(it)) for it in entry.roots)
            owners = frozenset(it for it in pairs if it[1])
            if version and version not in seen and entry.holds_for(version):
                # The same version in a second environment would tell the same again, and another
                # version of the same range need not make everybody wait for it.
                # An agent has the limits of all versions in one entry.
                manners = _ALL if not seen or entry.kind == "agent" else _QUICK
                facts = kinds.FACTS[entry.kind](subject)
                yield from (it for it in facts if it.manner in manners)
                seen.add(version)
            elif owners and owners not in together:
                yield from clients.paths(subject)
            together.add(owners)


def _equipped(
    entry: Entry, ready: list[Environment], known: list[Recipe]
) -> list[tuple[Environment, Recipe | None]]:
    """The environments, first those that have all that the recipe for an entry needs."""
    with_recipe, without = [], []
    for it in ready:
        recipe = recipes.of(entry.name, it.version(entry.package), known)
        if recipe and all(map(it.version, recipe.needs)):
            with_recipe.append((it, recipe))
        else:
            without.append((it, None))
    return [*with_recipe, *without]


def _asked(fact: Fact, arguments: argparse.Namespace) -> bool:
    entry, only = fact.entry, arguments.only
    version = fact.environment.version(entry.package)
    # One environment cannot tell whether a path is wrong or of another version; of clients, those
    # of the newest version alone are listed.
    known = entry.kind == "client" and version and entry.holds_for(version)
    if arguments.fast and not (known and fact.manner == "introspection"):
        return False
    return not only or any(it in entry.file or it in entry.name for it in only)
