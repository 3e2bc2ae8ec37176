"""`python -m blackbox` is the command `blackbox`."""

import sys

# Python puts the working folder first: a file there must not stand in for a package.
sys.path.append(sys.path.pop(0))

from blackbox.cli import command

raise SystemExit(command())
