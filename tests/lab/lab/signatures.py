"""Which arguments a class or function takes, told without calling it."""

from __future__ import annotations

import inspect
import json
from typing import Any


def identity(thing: Any) -> str:
    """The same text for two names of one thing."""
    name = getattr(thing, "__qualname__", None)
    return f"{thing.__module__}.{name}" if name else repr(thing)


def of(thing: Any) -> dict[str, Any]:
    """Its arguments by name: `default` (absent when required), `type`, and the field meant.

    `others` is what becomes of any other name: "forbid", "ignore", "allow", or None when unknown.
    """
    fields = getattr(thing, "model_fields", None) or getattr(thing, "__fields__", None)
    if isinstance(thing, type) and isinstance(fields, dict):
        return {"arguments": _fields(fields), "others": _others(thing)}
    return _parameters(thing)


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    arguments = {}
    for name, field in fields.items():
        about = {"field": name, "type": _shown(getattr(field, "annotation", None))}
        if not _required(field):
            about["default"] = _plain(getattr(field, "default", None))
        for spelling in _spellings(name, field):
            arguments[spelling] = about
    return arguments


def _spellings(name: str, field: Any) -> list[str]:
    """The names under which a field can be passed."""
    alias = getattr(field, "validation_alias", None) or getattr(field, "alias", None)
    choices = getattr(alias, "choices", [alias])
    return [name, *(it for it in choices if isinstance(it, str) and it != name)]


def _required(field: Any) -> bool:
    required = getattr(field, "is_required", None)
    return required() if callable(required) else bool(getattr(field, "required", False))


def _others(model: type) -> str | None:
    # A validator of LangChain's, which hands unknown arguments on to the SDK.
    if hasattr(model, "build_extra"):
        return "allow"
    config = getattr(model, "model_config", None)
    if isinstance(config, dict):
        return config.get("extra", "ignore")
    return getattr(getattr(getattr(model, "Config", None), "extra", None), "value", None)


def _parameters(thing: Any) -> dict[str, Any]:
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return {"arguments": {}, "others": None}
    arguments, others = {}, "forbid"
    for it in parameters:
        if it.kind is it.VAR_KEYWORD:
            others = "allow"
        elif it.kind is not it.VAR_POSITIONAL:
            about = {"field": it.name, "type": _shown(it.annotation)}
            if it.default is not it.empty:
                about["default"] = _plain(it.default)
            arguments[it.name] = about
    return {"arguments": arguments, "others": others}


def _shown(annotation: Any) -> str:
    if annotation in (None, inspect.Parameter.empty):
        return ""
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _plain(value: Any) -> Any:
    """The value itself if JSON can say it, else its text."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return repr(value)[:200]
    return value
