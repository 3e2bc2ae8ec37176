"""Names of strategies and objectives, which are anybody's text, as names of files and folders."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 80
# Windows keeps these for devices, whatever their ending.
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A file name of plain letters for each name, no two the same, also where case is ignored.

    >>> file_names(["cma_es(sigma0=0.3)", "../up", "CMA_ES(sigma0=0.3)", "NUL"])
    {'cma_es(sigma0=0.3)': 'cma_es-sigma0-0-3', '../up': 'up', \
'CMA_ES(sigma0=0.3)': 'CMA_ES-sigma0-0-3-2', 'NUL': 'NUL-'}
    """
    files: dict[str, str] = {}
    for name in dict.fromkeys(names):
        slug = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:LONGEST] or "unnamed"
        slug += "-" if DEVICES.fullmatch(slug) else ""
        taken, nth, file = {other.lower() for other in files.values()}, 2, slug
        while file.lower() in taken:
            file, nth = f"{slug}-{nth}", nth + 1
        files[name] = file
    return files
