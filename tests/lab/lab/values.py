"""Python values as JSON: what an experiment passes, and the paths under which packages keep things.

`{"$call": "httpx.Client", "kwargs": {"timeout": 3}}` is what the call gives,
`{"$name": "tenacity.stop_never"}` what the name means. In a text, `{url}` is the address of the
experiment's server, and `{host}` what stands in it behind the scheme.
"""

from __future__ import annotations

import importlib
from typing import Any

#: A value in the form that this module describes.
Value = Any


def call(path: str, /, *args: Value, **kwargs: Value) -> Value:
    """The description of a call."""
    return {"$call": path, "args": list(args), "kwargs": kwargs}


def name(path: str) -> Value:
    """The description of what a dotted path means."""
    return {"$name": path}


def nested(path: str, value: Value) -> dict[str, Value]:
    """`{"a": {"b": value}}` for the path `a.b`."""
    outer, _, inner = path.partition(".")
    return {outer: nested(inner, value) if inner else value}


def merged(under: dict[str, Value], over: dict[str, Value]) -> dict[str, Value]:
    """Both dicts as one; where both have a key, dicts and the arguments of calls are merged too."""
    both = dict(under)
    for key, value in over.items():
        old = both.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            both[key] = merged(old, value)
        else:
            both[key] = value
    return both


def find(path: str) -> Any:
    """What a dotted path means in Python.

    Raises `AttributeError` when it means nothing, and whatever the package raises when imported.
    """
    parts = path.split(".")
    thing: Any = importlib.import_module(parts[0])
    for at in range(1, len(parts)):
        try:
            # First, because `tenacity.retry` is a function although there is a module of that name.
            thing = getattr(thing, parts[at])
        except AttributeError:
            thing = _imported(parts[:at], parts[at])
    return thing


def _imported(outer: list[str], part: str) -> Any:
    """The same by import alone, for `openai._client`: a module hidden by a variable."""
    try:
        module = importlib.import_module(".".join(outer))
        if hasattr(module, part):
            return getattr(module, part)
        return importlib.import_module(".".join([*outer, part]))
    except ModuleNotFoundError as error:
        path = ".".join([*outer, part])
        # A module that exists and lacks a dependency of its own is something else.
        if error.name is None or not f"{path}.".startswith(f"{error.name}."):
            raise
        raise AttributeError(f"there is no {path}") from error


def built(value: Value, url: str) -> Any:
    """The Python value that a description stands for."""
    if isinstance(value, str):
        return value.replace("{url}", url).replace("{host}", url.partition("://")[2])
    if isinstance(value, list):
        return [built(it, url) for it in value]
    if not isinstance(value, dict):
        return value
    if "$name" in value:
        return find(value["$name"])
    if "$call" in value:
        args = built(value.get("args", []), url)
        kwargs = built(value.get("kwargs", {}), url)
        return find(value["$call"])(*args, **kwargs)
    return {key: built(it, url) for key, it in value.items()}
