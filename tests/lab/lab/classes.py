"""Runs inside an environment: the public classes of a distribution, with all their paths."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import json
import pkgutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from lab import probe, sends, signatures


def main() -> None:
    """Writes what it finds as JSON."""
    warnings.simplefilter("ignore")
    package, out = sys.argv[1:]
    probe.stay_home()
    version = importlib.metadata.version(package)
    found = [it | {"package": package, "version": version} for it in _classes(package)]
    Path(out).write_text(json.dumps(found), encoding="utf-8")


def _classes(package: str) -> Iterator[dict[str, Any]]:
    paths: dict[type, list[str]] = {}
    roots = sorted(_roots(package))
    for module in (it for root in roots for it in _modules(root)):
        for name in sorted(_public(module)):
            thing = _attribute(module, name)
            # A package re-exports what its modules define; a module that imports it does not.
            if inspect.isclass(thing) and f"{thing.__module__}.".startswith(f"{module.__name__}."):
                paths.setdefault(thing, []).append(f"{module.__name__}.{name}")
    for thing, names in sorted(paths.items(), key=lambda it: it[0].__name__):
        if not inspect.isabstract(thing) and not thing.__name__.startswith("_"):
            yield {
                "name": thing.__name__,
                # The shortest path is the one that people write.
                "paths": sorted(names, key=lambda it: (it.count("."), it)),
                "bases": [it.__name__ for it in thing.__mro__],
                "signature": signatures.of(thing),
                "sends": sends.of(thing),
            }


def _roots(package: str) -> set[str]:
    """The top-level modules of a distribution."""
    files = importlib.metadata.files(package) or []
    tops = {it.parts[0].removesuffix(".py") for it in files if it.suffix == ".py"}
    return {it for it in tops if it.isidentifier() and not it.startswith("_")}


def _modules(root: str) -> Iterator[ModuleType]:
    module = importlib.import_module(root)
    yield module
    for it in pkgutil.walk_packages(getattr(module, "__path__", []), f"{root}.", lambda _: None):
        if not any(part.startswith("_") for part in it.name.split(".")):
            try:
                yield importlib.import_module(it.name)
            except Exception as error:
                # A module for an optional dependency, which is not installed.
                print(f"{it.name}: {type(error).__name__}", file=sys.stderr)


def _public(module: ModuleType) -> set[str]:
    return set(getattr(module, "__all__", [])) | {it for it in dir(module) if it[0] != "_"}


def _attribute(module: ModuleType, name: str) -> Any:
    try:
        return getattr(module, name, None)
    except Exception:
        return None


if __name__ == "__main__":
    main()
