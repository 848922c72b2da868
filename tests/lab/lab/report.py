"""What a run says: a line for each fact that does not hold, and the sum as the last line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lab.facts import Checked


def lines(checked: list[Checked]) -> Iterator[str]:
    """The report, line by line."""
    wrong = [it for it in checked if it.wrong is not None]
    for it in sorted(wrong, key=lambda it: (it.fact.entry.file, it.fact.entry.name, it.fact.says)):
        fact = it.fact
        where = f"{fact.entry.package} {fact.version} in `{fact.environment.name}`"
        yield f"does not hold: {fact.entry.name}: {fact.says}: {it.wrong} ({where})"
    manners = Counter(it.fact.manner for it in checked if it.wrong is None)
    entries = {(it.fact.entry.file, it.fact.entry.name) for it in checked}
    run = {
        (it.fact.entry.file, it.fact.entry.name)
        for it in checked
        if it.fact.manner != "introspection"
    }
    kinds = ", ".join(f"{number} by {manner}" for manner, number in sorted(manners.items()))
    yield f"entries: {len(entries)}, of which run: {len(run)}; facts that hold: {kinds}"
    yield f"facts: {len(checked) - len(wrong)}/{len(checked)} hold"
