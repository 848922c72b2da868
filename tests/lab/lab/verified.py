"""The file that says when each entry was last seen to hold, which `unhang facts` shows."""

from __future__ import annotations

import datetime
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from lab.catalog import ROOT, Entry, release
from lab.facts import Checked

FILE = ROOT / "rules" / "verified" / "lab.toml"

_HEAD = """\
# When all of an entry was last seen to hold in the package itself, and in how many facts of which
# kind. Written by `python3.11 tests/lab/run.py --write`, and by nobody else.
"""

#: Path of an entry and version of its package.
Key = tuple[str, str]


def write(
    checked: list[Checked], entries: list[Entry], today: datetime.date, file: Path = FILE
) -> None:
    """Notes what held, takes away what did not, and keeps what was not looked at.

    Entries that the catalogue has no more are dropped, and all but the newest version of a range.
    """
    old = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    rows: dict[Key, dict[str, Any]] = {
        (it["path"], it["version"]): it for it in old.get("verified", [])
    }
    # A path that no version has is wrong for all of them.
    wrong = {it.fact.entry.name for it in checked if it.wrong and it.fact.anywhere}
    for key, facts in _by_version(checked).items():
        rows.pop(key, None)
        if key[0] not in wrong and all(it.wrong is None for it in facts):
            rows[key] = _row(key, facts, today)
    kept = [_text(row) for _, row in sorted(_newest(rows, entries).items())]
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join([_HEAD, *kept]), encoding="utf-8")


def _newest(rows: dict[Key, dict[str, Any]], entries: list[Entry]) -> dict[Key, dict[str, Any]]:
    """The newest version of each range of each entry; the others add nothing for a reader."""
    kept = {}
    for entry in entries:
        fitting = [key for key in rows if key[0] == entry.name and entry.holds_for(key[1])]
        if fitting:
            newest = max(fitting, key=lambda it: release(it[1]))
            kept[newest] = rows[newest]
    return kept


def _by_version(checked: list[Checked]) -> dict[Key, list[Checked]]:
    """The facts of each entry and version; one environment is enough for each.

    A path that was seen in an environment without the package of its entry tells of no version.
    """
    found: dict[Key, dict[str, list[Checked]]] = defaultdict(lambda: defaultdict(list))
    for it in checked:
        fact = it.fact
        version = fact.environment.version(fact.entry.package)
        if version and fact.entry.holds_for(version):
            found[fact.entry.name, version][fact.environment.name].append(it)
    return {key: max(by.values(), key=len) for key, by in found.items()}


def _row(key: Key, facts: list[Checked], today: datetime.date) -> dict[str, Any]:
    path, version = key
    package = facts[0].fact.entry.package
    counts = Counter(it.fact.manner for it in facts)
    row = {"path": path, "package": package, "version": version, "checked": today}
    return row | {it: counts[it] for it in ("introspection", "wire", "run") if counts[it]}


def _text(row: dict[str, Any]) -> str:
    lines = ["[[verified]]"]
    for key, value in row.items():
        lines.append(f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}")
    return "\n".join([*lines, ""])
