"""Runs the experiments of many facts in worker processes, a few at a time, none for ever."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.catalog import ROOT
from lab.facts import Checked, Experiment, Fact, Outcome, judged

#: Seconds that one process may take, whatever its experiments say.
_PROCESS_LIMIT = 900.0

#: Seconds for starting an interpreter and importing a large package.
_START = 90.0


def run(facts: list[Fact], processes: int, tell: Callable[[str], None]) -> list[Checked]:
    """Checks every fact; those of one file and environment share a process."""
    groups: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact.environment.name, fact.entry.file].append(fact)
    # The longest first, so that the last process does not run alone.
    order = sorted(groups.values(), key=_cost, reverse=True)

    def checked(group: list[Fact]) -> list[Checked]:
        done = _group(group)
        first, wrong = group[0], sum(it.wrong is not None for it in done)
        tell(f"{first.environment.name}: {first.entry.file}: {len(done) - wrong}/{len(done)}")
        return done

    with ThreadPoolExecutor(processes) as pool:
        return [it for group in pool.map(checked, order) for it in group]


def _cost(group: list[Fact]) -> float:
    return sum(it.experiment.limit for it in group if it.experiment.waits) + len(group)


def _group(group: list[Fact]) -> list[Checked]:
    # Facts that need the same experiment share it.
    numbers: dict[str, int] = {}
    experiments: list[Experiment] = []
    asked = []
    for fact in group:
        key = json.dumps(fact.experiment.described(0), sort_keys=True)
        if key not in numbers:
            numbers[key] = len(experiments)
            experiments.append(fact.experiment)
        asked.append(numbers[key])
    environ = {key: it for fact in group for key, it in fact.environ.items()}
    outcomes = _work(group[0], experiments, environ)
    return [judged(fact, outcomes.get(at)) for fact, at in zip(group, asked, strict=True)]


def _work(fact: Fact, experiments: list[Experiment], environ: dict[str, str]) -> dict[int, Outcome]:
    described = [it.described(number) for number, it in enumerate(experiments)]
    job = json.dumps({"environ": environ, "experiments": described})
    limit = min(_PROCESS_LIMIT, _START + sum(it.limit for it in experiments))
    with tempfile.TemporaryDirectory(prefix="unhang-lab-") as folder:
        out = Path(folder) / "outcomes"
        command = [str(fact.environment.python), "-m", "lab.worker", str(out)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=clean_environ(),
            text=True,
            start_new_session=True,
        )
        try:
            process.communicate(job, timeout=limit)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            pass
        finally:
            _end(process)
        lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    outcomes = (json.loads(line) for line in lines if line.endswith("}"))
    return {it["id"]: it for it in outcomes}


def clean_environ() -> dict[str, str]:
    """The environment without anything that changes how a client waits or whom it asks."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "HOME", "TMPDIR") if key in os.environ}
    return kept | {
        "PYTHONPATH": str(ROOT / "tests" / "lab"),
        "PYTHONWARNINGS": "ignore",
        "LANGSMITH_TRACING": "false",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _end(process: subprocess.Popen[str]) -> None:
    """Ends a worker and whatever it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait(timeout=30)
