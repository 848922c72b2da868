"""Drafts entries of the catalogue from the classes of an installed package, for people to review.

A signature tells names and defaults, and the source of a class which requests it sends itself.
Neither tells units, what an SDK puts on the wire, or how often something is repeated: the draft
marks these, and recipes let the lab find them out.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import textwrap
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from lab.catalog import Entry
from lab.pool import clean_environ

#: What the names of base classes say about a class, the first that fits.
_KINDS = {
    "BaseChatModel": "chat",
    "BaseLLM": "llm",
    "LLM": "llm",
    "Embeddings": "embeddings",
    "BaseDocumentCompressor": "reranker",
    "BaseTool": "tool",
    "BaseRetriever": "tool",
    "VectorStore": "tool",
    "BaseLoader": "tool",
}

#: What happens without a timeout, for the libraries whose requests a class sends itself.
_WITHOUT = {"requests": "forever", "urllib": "forever", "aiohttp": "300 s"}

#: Beginnings of what a field that bounds a wait is called.
_TIMEOUTS = ("timeout", "request_timeout", "default_request_timeout", "timeout_seconds")
_RETRIES = ("max_retries", "retries", "num_retries", "max_attempts")

#: Columns of a line in the catalogue.
_WIDTH = 98

#: Seconds for importing a package and looking at all of its classes.
_LIMIT = 300


def classes(python: Path, package: str) -> list[dict[str, Any]]:
    """What the classes of an installed distribution look like, told by a process of its own.

    Raises `InstallError` when the process fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "classes.json"
        command = [str(python), "-m", "lab.classes", package, str(out)]
        subprocess.run(command, check=True, timeout=_LIMIT, env=clean_environ(), cwd=folder)
        return json.loads(out.read_text(encoding="utf-8"))


def drafts(
    found: list[dict[str, Any]], known: list[Entry], today: date, *, sending: bool
) -> Iterator[str]:
    """An entry for each class that the catalogue lacks, as text.

    With `sending`, only for those that send requests themselves, whatever they are.
    """
    listed = {path for entry in known for path in entry.paths}
    for it in found:
        kind = next((_KINDS[base] for base in it["bases"] if base in _KINDS), None)
        wanted = it["sends"] if sending else kind
        if wanted and not listed.intersection(it["paths"]):
            yield _entry(it, kind or "tool", today)


def _entry(it: dict[str, Any], kind: str, today: date) -> str:
    arguments = it["signature"]["arguments"]
    timeouts, field = _named(arguments, _TIMEOUTS)
    lines = [
        "[[client]]",
        f'class = "{it["name"]}"',
        f'kind = "{kind}"',
        f'package = "{it["package"]}"',
        f'versions = ">={it["version"]}"  # review: since when?',
        _list("paths", it["paths"]),
        "",
        "[client.timeout]",
    ]
    if timeouts:
        lines.append(_list("arguments", timeouts))
    sent = _sent(it["sends"] or {}, field)
    lines += sent or ['unit = "s"  # review: a signature does not tell the unit', _absent(field)]
    lines += _retries(arguments)
    lines += _others(it["signature"]["others"], timeouts)
    read = "its source" if sent else "the fields of the class"
    what = f"{it['package']} {it['version']}, {read}"
    lines += ["", "[client.source]", f'what = "{what}"', f"checked = {today}"]
    return "\n".join([*lines, f'how = "{"source" if sent else "introspection"}"', ""])


def _sent(sends: dict[str, str], field: dict[str, Any] | None) -> list[str]:
    """What the class's own requests wait, when it sends any and none of them takes an argument."""
    if not sends or field or any(timeout != "none" for timeout in sends.values()):
        return []
    waits = {library: _WITHOUT[library] for library in sends}
    beside = waits.pop("aiohttp", None)
    lines = ['unit = "s"', f'absent = "{next(iter(waits.values()), beside)}"']
    return [*lines, f'absent-async = "{beside}"'] if beside and waits else lines


def _list(key: str, items: list[str]) -> str:
    """A list on one line, or in a block when it is too long for that."""
    line = f"{key} = {json.dumps(items)}"
    if len(line) <= _WIDTH:
        return line
    lines = textwrap.TextWrapper(_WIDTH, break_on_hyphens=False, break_long_words=False)
    block = lines.wrap(", ".join(map(json.dumps, items)) + ",")
    return "\n".join([f"{key} = [", *(f"  {it}" for it in block), "]"])


def _named(
    arguments: dict[str, Any], names: tuple[str, ...]
) -> tuple[list[str], dict[str, Any] | None]:
    """The arguments that a name of the list stands for, their aliases with them, and the field."""
    field = next((arguments[it]["field"] for it in names if it in arguments), None)
    if field is None:
        return [], None
    spelt = [name for name, about in arguments.items() if about["field"] == field]
    # What people write most comes first.
    spelt.sort(key=lambda it: (names.index(it) if it in names else len(names), it))
    return spelt, arguments[field]


def _absent(field: dict[str, Any] | None) -> str:
    if field is None:
        return 'absent = "unknown"  # review: no argument found; what does the SDK below do?'
    if "default" not in field:
        return 'absent = "unknown"  # review: the argument is required'
    default = field["default"]
    if isinstance(default, int | float) and not isinstance(default, bool):
        return f'absent = "{default:g} s"  # review: the default of the field'
    shown = f"review: the field's default is {default}; the wire tells what that means"
    return f'absent = "unknown"  # {shown}'


def _retries(arguments: dict[str, Any]) -> list[str]:
    spelt, field = _named(arguments, _RETRIES)
    if field is None:
        return []
    default = field.get("default")
    number = default if isinstance(default, int) else 0
    return [
        "",
        "[client.retries]",
        f'argument = "{spelt[0]}"',
        f"requests = {number + 1}  # review: the field's default is {default}",
        'counts = "unknown"  # review: retries or attempts?',
    ]


def _others(others: str | None, timeouts: list[str]) -> list[str]:
    """An argument that the class takes without having it is the trap that users fall into."""
    if others != "ignore":
        return []
    lines = []
    for name in ("timeout", "request_timeout"):
        if name not in timeouts:
            lines += ["", "[[client.ignored]]", f'argument = "{name}"']
            lines.append('effect = "is dropped without a word"  # review: run it')
    return lines
