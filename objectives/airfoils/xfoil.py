"""XFOIL, called as a program: lift, drag and moment of an airfoil by panels and boundary layers.

M. Drela: XFOIL, an analysis and design system for low Reynolds number airfoils, 1989 (doi
10.1007/978-3-642-84010-4_1). Debian's package `xfoil` has the program. It may fail to converge.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from blackbox.errors import MissingPackage
from blackbox.objectives.airfoils.shape import AirFlow, basis, gap, stations

SECONDS = 60.0  # after which an airfoil has failed; iterations end it long before
ITERATIONS = 200
CONVERGED = 1e-4  # the program's own limit for the mean change of an iteration
PANEL_POINTS = 81  # per side, of the outline that the program is handed
NUMBER = r"\s*([-+]?\d*\.\d+(?:E[-+]?\d+)?)"
CHANGE, LIFT, MOMENT, DRAG = (
    re.compile(f"{name}{NUMBER}") for name in ("rms:", "CL =", "Cm =", "CD =")
)


class Polar(NamedTuple):
    """Coefficients at one angle; NaN where the program found none."""

    lift: float
    drag: float
    moment: float


FAILED = Polar(np.nan, np.nan, np.nan)


def program() -> str:
    """The path of the program. Raises MissingPackage where it is not installed."""
    path = shutil.which("xfoil")
    if path is None:
        raise MissingPackage(
            "the truth of an airfoil is what the program xfoil finds, which is not on the PATH: "
            "apt-get install xfoil (Debian and Ubuntu), or see web.mit.edu/drela/Public/web/xfoil"
        )
    return path


def lift_to_drag(shapes: ArrayLike, flow: AirFlow) -> NDArray[np.float64]:
    """Lift over drag `[k]` of airfoils `[k, 18]`; NaN where the program finds no flow."""
    polars = [polar(shape, flow) for shape in np.asarray(shapes, float)]
    return np.array([one.lift / one.drag for one in polars], float)


def polar(shape: ArrayLike, flow: AirFlow) -> Polar:
    """What the program says of one airfoil `[18]` in a flow.

    Nothing of one whose sides cross. Raises MissingPackage without the program.
    """
    command = program()
    numbers = np.asarray(shape, float)
    # Of an outline whose sides cross the program makes another that it can solve.
    if not np.isfinite(numbers).all() or gap(torch.tensor(numbers)[None]) <= 0:
        return FAILED
    with tempfile.TemporaryDirectory() as folder:
        _write(numbers, Path(folder) / "foil.dat")
        try:
            done = subprocess.run(
                [command],
                input=_commands(flow),
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,  # Debian's ends in its plot where there is no display, having solved
            )
        except subprocess.TimeoutExpired:
            return FAILED
    return _read(done.stdout)


def _write(shape: NDArray[np.float64], path: Path) -> None:
    """From the tail over the upper side to the nose, and back below."""
    x = stations(PANEL_POINTS)
    above, below = basis(x) @ shape
    points: Sequence[tuple[float, float]] = [
        *zip(x[::-1], above[::-1], strict=True),
        *zip(x[1:], below[1:], strict=True),
    ]
    path.write_text("airfoil\n" + "".join(f"{at:.7f} {height:.7f}\n" for at, height in points))


def _commands(flow: AirFlow) -> str:
    words = ["PLOP", "G", "", "LOAD foil.dat", "PANE", "OPER", f"VISC {flow.reynolds:.6g}"]
    return "\n".join([*words, f"ITER {ITERATIONS}", f"ALFA {flow.angle:.4f}", "", "QUIT", ""])


def _read(output: str) -> Polar:
    """The numbers of the last iteration, if it changed next to nothing."""
    columns = [pattern.findall(output) for pattern in (CHANGE, LIFT, DRAG, MOMENT)]
    if not all(columns) or float(columns[0][-1]) > CONVERGED:
        return FAILED
    lift, drag, moment = (float(column[-1]) for column in columns[1:])
    return Polar(lift, drag, moment) if drag > 0 else FAILED
