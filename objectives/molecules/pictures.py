"""Molecules as rdkit draws them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blackbox.objectives.molecules import chemistry
from blackbox.optional import require

WIDE, HIGH = 200, 150  # pixels


def pictures(smiles: Sequence[str]) -> NDArray[np.float32]:
    """Drawings `[n, 3, 150, 200]` of molecules; white where there is none."""
    from matplotlib.image import imread

    drawing = require("rdkit.Chem.Draw.rdMolDraw2D", "molecules", "rdkit")
    drawn = np.ones((len(smiles), 3, HIGH, WIDE), np.float32)
    for picture, one in zip(drawn, smiles, strict=True):
        if (made := chemistry.molecule(one)) is not None:
            canvas = drawing.MolDraw2DCairo(WIDE, HIGH)
            drawing.PrepareAndDrawMolecule(canvas, made)
            canvas.FinishDrawing()
            pixels = imread(io.BytesIO(canvas.GetDrawingText()))
            picture[:] = pixels[..., :3].transpose(2, 0, 1)
    return drawn


def grid(smiles: Sequence[str], captions: Sequence[str], columns: int = 4) -> str:
    """Drawings of molecules side by side with words below them, as SVG."""
    draw = require("rdkit.Chem.Draw", "molecules", "rdkit")
    made = [chemistry.molecule(one) for one in smiles]
    svg = draw.MolsToGridImage(
        made, columns, (WIDE, HIGH), legends=list(captions), useSVG=True, returnPNG=False
    )
    return str(svg)
