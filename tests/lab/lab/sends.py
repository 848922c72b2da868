"""Runs in an environment: which requests the source of a class sends itself, and how bounded."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

#: Functions that send one request each, by their dotted beginnings.
_REQUESTS = tuple(
    f"requests.{verb}"
    for verb in ("delete", "get", "head", "options", "patch", "post", "put", "request")
)
_SENDERS = {
    "requests": _REQUESTS,
    "urllib": ("urllib.request.urlopen", "urlopen"),
    "aiohttp": ("aiohttp.ClientSession",),
}

#: Objects whose requests are sent elsewhere, so that one call does not tell how they end.
_SESSIONS = ("requests.Session", "requests.session", "httpx.Client", "httpx.AsyncClient")


def of(thing: type) -> dict[str, str] | None:
    """Library to `none`, or the text of the timeout; None when the source leaves it open.

    Only what stands in the class itself counts: another class in between may add a timeout.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    except (OSError, TypeError, SyntaxError):
        return None
    found: dict[str, str] = {}
    for name, keywords in _calls(tree):
        if name in _SESSIONS:
            return None
        library = next((key for key, names in _SENDERS.items() if name in names), None)
        if library is None:
            continue
        timeout = "open" if None in keywords else keywords.get("timeout", "none")
        if timeout == "open" or found.setdefault(library, timeout) != timeout:
            return None
    return found


def _calls(tree: ast.AST) -> Iterator[tuple[str, dict[str | None, str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords: dict[Any, str] = {it.arg: ast.unparse(it.value) for it in node.keywords}
            yield ast.unparse(node.func), keywords
