"""Run a notebook from its first cell to its last: python notebook.py PATH [--write]

With --write what its cells show is kept in it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main() -> None:
    """Raise CellExecutionError at the first cell that raises."""
    path = Path(sys.argv[1])
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
    if "--write" in sys.argv:
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)  # clocks
        nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
