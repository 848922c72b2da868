"""Checks the catalogue against the packages: `python3.11 tests/lab/run.py --help`."""

import sys

from lab.cli import main

if __name__ == "__main__":
    sys.exit(main())
