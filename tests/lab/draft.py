"""Drafts catalogue entries for a package: `python3.11 tests/lab/draft.py --help`."""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
import tempfile
from pathlib import Path

from lab import catalog, drafting, environments


def main() -> int:
    """Writes the drafts to standard output; 2 when the package cannot be looked at."""
    parser = argparse.ArgumentParser(prog="tests/lab/draft.py", description=__doc__)
    parser.add_argument("package", help="a distribution, such as langchain-writer==0.3.3")
    where = "use an environment of the lab instead of installing the package"
    parser.add_argument("--environment", choices=environments.names(), help=where)
    sending = "only classes that send requests themselves, of whatever kind"
    parser.add_argument("--sending", action="store_true", help=sending)
    parser.add_argument("--cache", type=Path, default=environments.CACHE)
    arguments = parser.parse_args()
    name = arguments.package.partition("=")[0].partition("<")[0].partition(">")[0]
    with tempfile.TemporaryDirectory() as folder:
        try:
            if arguments.environment:
                python = environments.ready(arguments.environment, arguments.cache).python
            else:
                python = environments.temporary(arguments.package, Path(folder))
            found = drafting.classes(python, name)
        except (environments.InstallError, subprocess.SubprocessError) as error:
            print(error, file=sys.stderr)
            return 2
    today = datetime.date.today()
    drafts = list(drafting.drafts(found, catalog.read(), today, sending=arguments.sending))
    print(f"# Drafts of {len(drafts)} classes of {name}; each line marked `review` is a guess.\n")
    print("\n".join(drafts), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
