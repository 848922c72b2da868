"""Virtual environments with pinned versions, made once and kept outside the tree."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lab.catalog import ROOT

REQUIREMENTS = ROOT / "tests" / "lab" / "requirements"

#: Where environments are kept unless the user says otherwise; the folder is ignored by git.
CACHE = ROOT / "target" / "lab"

#: The environments that are pinned to the newest versions, the most used first.
_NEWEST = ("core", "providers", "held", "stores")

#: Those that have no facts: what the applications of the budget are run with.
_WITHOUT_FACTS = ("budget",)

#: Seconds that one environment may take to install.
_INSTALL_LIMIT = 1800


class InstallError(Exception):
    """An environment that could not be made, with pip's last words."""


@dataclass(frozen=True)
class Environment:
    """The packages of one file of pins, installed."""

    name: str
    folder: Path
    pins: dict[str, str] = field(repr=False)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @cached_property
    def _normal(self) -> dict[str, str]:
        return {normal(name): version for name, version in self.pins.items()}

    def version(self, package: str) -> str | None:
        """The version of a package, or None when it is not installed."""
        if package == "python":
            return ".".join(map(str, sys.version_info[:3]))
        return self._normal.get(normal(package))


def names() -> list[str]:
    """Every environment with facts to check, those with the newest versions first."""
    found = sorted(it.stem for it in REQUIREMENTS.glob("*.txt") if it.stem not in _WITHOUT_FACTS)
    return sorted(found, key=lambda it: _NEWEST.index(it) if it in _NEWEST else len(_NEWEST))


def normal(package: str) -> str:
    """The name of a distribution as indexes compare it."""
    return package.lower().replace("_", "-").replace(".", "-")


def ready(name: str, cache: Path) -> Environment:
    """The environment, made if it is not there yet.

    Raises `InstallError` when pip cannot install the pins.
    """
    file = REQUIREMENTS / f"{name}.txt"
    text = file.read_text(encoding="utf-8")
    key = hashlib.sha256(f"{sys.version_info[:2]}{text}".encode()).hexdigest()[:12]
    environment = Environment(name, (cache / f"{name}-{key}").absolute(), pins(text))
    complete = environment.folder / "complete.json"
    if not complete.exists():
        _make(environment, file)
        complete.write_text(json.dumps(environment.pins), encoding="utf-8")
    return environment


def pins(text: str) -> dict[str, str]:
    """Package to version, from the lines of a requirements file with exact pins."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return dict(line.split("==", 1) for line in lines if line)


def _make(environment: Environment, file: Path) -> None:
    # What an interrupted run has left cannot be trusted.
    shutil.rmtree(environment.folder, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(environment.folder)])
    # Every package is pinned, so there is nothing to resolve.
    pip = [str(environment.python), "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", "--no-deps", "--requirement", str(file)])
    run([*pip, "check"])


def temporary(package: str, folder: Path) -> Path:
    """The interpreter of an environment with one package and what it needs, in an empty folder.

    Raises `InstallError` when pip cannot install it.
    """
    python = folder / "venv" / "bin" / "python"
    run([sys.executable, "-m", "venv", str(python.parent.parent)])
    # The pip that comes with Python 3.11 can need an hour where today's needs a minute.
    run([str(python), "-m", "pip", "install", "--quiet", "--upgrade", "pip"])
    run([str(python), "-m", "pip", "install", "--quiet", package])
    return python


def run(command: list[str]) -> None:
    """Runs a command that makes or fills an environment.

    Raises `InstallError` when it fails.
    """
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": "", "PIP_NO_INPUT": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environ, timeout=_INSTALL_LIMIT, check=False
    )
    if done.returncode:
        words = (done.stdout + done.stderr).strip().splitlines()[-12:]
        raise InstallError("\n".join([" ".join(command), *words]))
