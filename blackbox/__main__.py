"""`python -m blackbox` is the command `blackbox`."""

from blackbox.cli import main

raise SystemExit(main())
