"""Run a notebook from its first cell to its last: python notebook.py PATH [--write]

With --write what its cells show is kept in it.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

# By their names: types are checked where these are not installed, too.
nbformat: Any = importlib.import_module("nbformat")
nbclient: Any = importlib.import_module("nbclient")


def main() -> None:
    """Raise CellExecutionError at the first cell that raises."""
    path = Path(sys.argv[1])
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        place = {"metadata": {"path": folder}}
        nbclient.NotebookClient(notebook, timeout=600, resources=place).execute()
    if "--write" in sys.argv:
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)  # clocks
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
