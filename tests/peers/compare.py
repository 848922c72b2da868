"""Asks linters about the same code, and tells what each says of calls that hang."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = Path(__file__).parent / "cases"

# How each is asked about one file, and what it says when it found something that waits or loops.
TOOLS = {
    "unhang": (["{unhang}", "check", "--isolated", "--quiet", "--format", "concise", "{file}"], r"\["),
    "ruff S113": (["{tools}/ruff/bin/ruff", "check", "--isolated", "--no-cache", "--select=S113", "{file}"], "S113"),
    "pylint W3101": (["{tools}/pylint/bin/pylint", "--disable=all", "--enable=missing-timeout", "{file}"], "W3101"),
    "bandit B113": (["{tools}/bandit/bin/bandit", "-q", "-t", "B113", "{file}"], "B113"),
    "agentguard-linter": (
        ["{tools}/agentguard-linter/bin/agentguard", "scan", "--select=AG001", "--select=AG003", "--select=AG004", "{file}"],
        "AG00[134]",
    ),
    "agentguard-lint": (["{tools}/agentguard-lint/bin/agentguard", "--plain", "--no-costs", "{file}"], "AG001"),
    "agent-audit": (["{tools}/agent-audit/bin/agent-audit", "scan", "{file}"], "AGENT-028"),
}


def main(unhang, tools, *folders):
    for folder in folders:
        print(overlap(unhang, tools, Path(folder).resolve()))
    if not folders:
        table(unhang, tools)


def table(unhang, tools):
    print("| Code | In truth |", " | ".join(TOOLS), "|")
    print("|---|---|" + "---|" * len(TOOLS))
    for case in sorted(CASES.glob("*.py")):
        truth, why = re.match(r"# (hangs|ends): (.*)", case.read_text()).groups()
        cells = [verdict(truth, says(command, sign, unhang, tools, case)) for command, sign in TOOLS.values()]
        link = f"[{case.stem.replace('_', ' ')}](tests/peers/cases/{case.name})"
        print(f"| {link} | {truth}: {why} |", " | ".join(cells), "|", flush=True)


def says(command, sign, unhang, tools, case):
    with tempfile.TemporaryDirectory() as folder:
        # Alone, so that nobody looks at a settings file of ours.
        file = Path(folder) / case.name
        file.write_text(case.read_text())
        command = [it.format(unhang=unhang, tools=tools, file=file) for it in command]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1, 4):
        sys.exit(f"{command}: {run.returncode}\n{run.stdout}{run.stderr}")
    return re.search(sign, run.stdout) is not None


def verdict(truth, found):
    if truth == "hangs":
        return "found" if found else "missed"
    return "false alarm" if found else "silent"


def overlap(unhang, tools, folder):
    """How many requests of a folder both report, and each alone."""
    own = run_json([unhang, "check", "--isolated", "--exit-zero", "--quiet", "--format", "json"], folder)
    rules = {"request-without-timeout", "timeout-disabled"}
    mine = {(it["path"], it["start"]["line"]) for it in own["findings"] if it["rule"] in rules}
    peer = run_json(
        [f"{tools}/ruff/bin/ruff", "check", "--isolated", "--no-cache", "--exit-zero", "--select=S113", "--output-format=json"],
        folder,
    )
    theirs = {
        (str(Path(it["filename"]).relative_to(folder)), it["location"]["row"])
        for it in peer
        if it["code"] == "S113" and not it["filename"].endswith(".ipynb")
    }
    both = len(mine & theirs)
    return f"{folder.name}: S113 {len(theirs)}, of these unhang {both}, all findings of unhang {len(own['findings'])}"


def run_json(command, folder):
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return json.loads(run.stdout)


main(*sys.argv[1:])
