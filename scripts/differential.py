#!/usr/bin/env python3
"""Runs this program and a classic nanoBragg on random command lines, and shrinks every difference that is not documented.

docs/agreement.md says how to read what it prints. Needs Python 3.9 and numpy.

usage: scripts/differential.py CLASSIC_BINARY [OURS] [--seed N] [--lines N] [--seconds S] [--only OPTION] …
"""

import sys

from differential.command import main

if __name__ == "__main__":
    sys.exit(main())
