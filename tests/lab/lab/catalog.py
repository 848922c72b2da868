"""The catalogue as it is shipped: the entries of `rules/`, and for which versions each holds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Folder of `rules/`, then the keys of its files that hold entries.
_KINDS = {
    "clients": ("client", "http", "factory", "untimed"),
    "retries": ("retry",),
    "agents": ("agent",),
}

#: What an entry says of its newest versions only, unless it says it again.
_NOT_EARLIER = (
    *("earlier", "under", "ignored", "ignored-per-call", "unknown", "lost-by"),
    *("retries", "note"),
)

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Entry:
    """One entry: where it stands, and what it says."""

    file: str
    kind: str
    data: dict[str, Any]

    @property
    def package(self) -> str:
        """The distribution that it speaks of."""
        return self.data["package"]

    @property
    def paths(self) -> list[str]:
        """Every path under which the thing can be imported."""
        data = self.data
        return [*data.get("paths", []), *data.get("classes", []), *data.get("functions", [])]

    @property
    def name(self) -> str:
        """What the lab calls it: its first path, or the name that people write."""
        return self.paths[0] if self.paths else self.data["name"]

    @property
    def roots(self) -> set[str]:
        """The distributions that its paths lie in, by the names of their modules."""
        return {it.partition(".")[0].replace("_", "-") for it in self.paths}

    def holds_for(self, version: str) -> bool:
        """Whether the entry speaks of that version."""
        return within(version, self.data.get("versions", ""))


def read(root: Path = ROOT) -> list[Entry]:
    """All entries below `rules/`, in the order of files and then of lines."""
    entries = []
    for folder, kinds in _KINDS.items():
        for path in sorted((root / "rules" / folder).glob("*.toml")):
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            file = path.relative_to(root).as_posix()
            entries += [
                Entry(file, kind, it)
                for kind in kinds
                for one in data.get(kind, [])
                for like in _each(one)
                for it in _ranges(like)
            ]
    return entries


def _each(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The entry itself, and one for each class that is like it; or one for each that it lists."""
    listing = "classes" if isinstance(data.get("classes"), dict) else "alike"
    own = {key: it for key, it in data.items() if key != listing}
    if listing == "alike":
        yield own
    for name, paths in data.get(listing, {}).items():
        yield own | {"class": name, "paths": paths}


def _ranges(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The entry, and in full what it says of older versions."""
    yield data
    kept = {key: it for key, it in data.items() if key not in _NOT_EARLIER}
    for earlier in data.get("earlier", []):
        yield kept | earlier


def within(version: str, specifier: str) -> bool:
    """Whether a version fits a PEP 440 specifier; only the comparisons that the catalogue uses.

    Raises `ValueError` at any other.
    """
    return all(_fits(release(version), it.strip()) for it in specifier.split(",") if it.strip())


def _fits(version: tuple[int, ...], clause: str) -> bool:
    match = re.fullmatch(r"(>=|<=|==|!=|>|<)\s*([\d.]+)", clause)
    if not match:
        raise ValueError(f"no comparison that the catalogue uses: `{clause}`")
    comparison, other = match[1], release(match[2])
    length = max(len(version), len(other))
    left, right = (it + (0,) * (length - len(it)) for it in (version, other))
    return {
        ">=": left >= right,
        "<=": left <= right,
        "==": left == right,
        "!=": left != right,
        ">": left > right,
        "<": left < right,
    }[comparison]


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without what makes it an early one."""
    match = re.match(r"\d+(\.\d+)*", version)
    if not match:
        raise ValueError(f"no version: `{version}`")
    return tuple(int(it) for it in match[0].split("."))
