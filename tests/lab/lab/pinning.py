"""Turns a list of wanted packages into exact pins of everything that they need."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from lab.environments import REQUIREMENTS, normal, run, temporary


def pin(name: str) -> None:
    """Rewrites `requirements/NAME.txt` with the newest versions that fit `requirements/NAME.in`.

    Raises `InstallError` when nothing fits.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        wanted = REQUIREMENTS / f"{name}.in"
        python = temporary("pip", Path(folder))
        command = [str(python), "-m", "pip", "install", "--dry-run", "--quiet"]
        run([*command, "--report", str(report), "--requirement", str(wanted)])
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    pins = sorted(f"{normal(it['metadata']['name'])}=={it['metadata']['version']}" for it in found)
    head = f"# Made from {name}.in by `python3.11 tests/lab/run.py --pin {name}`."
    text = "\n".join([head, *pins, ""])
    (REQUIREMENTS / f"{name}.txt").write_text(text, encoding="utf-8")
