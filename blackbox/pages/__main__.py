"""`python -m blackbox.pages [--write] PACKAGE...`: hold pages against their frames."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from blackbox.errors import BlackboxError
from blackbox.pages.build import Page


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 1 where a page is false, or not made from its frames."""
    parser = argparse.ArgumentParser(prog="python -m blackbox.pages", description=__doc__)
    parser.add_argument("packages", nargs="+", metavar="PACKAGE", help="such as reports.blog")
    parser.add_argument("--write", action="store_true", help="write the pages")
    given = parser.parse_args(arguments)
    failed = False
    for package in given.packages:
        try:
            page = Page(package)
            page.write() if given.write else page.check()
        except BlackboxError as error:
            failed = True
            print(error, file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
