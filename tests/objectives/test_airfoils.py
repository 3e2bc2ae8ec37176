"""Airfoils: shapes, networks that equal NeuralFoil's, and a solver that may fail."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.objectives.airfoils import networks, shape, xfoil
from blackbox.objectives.airfoils.named import Decoder, collection
from blackbox.objectives.airfoils.pictures import pictures

needs_weights = pytest.mark.skipif(
    find_spec("neuralfoil") is None, reason="NeuralFoil's weights are not installed"
)
needs_solver = pytest.mark.skipif(
    shutil.which("xfoil") is None, reason="the program xfoil is not installed"
)
# What neuralfoil 0.3.3 says of these two (`get_aero_from_kulfan_parameters`), which aerosandbox
# 4.2.10 fitted to naca2412 and naca0012: lift, drag, moment, confidence.
UPPER = [0.17693258, 0.18318778, 0.22626059, 0.18959734, 0.20129803, 0.20030807, 0.20133783]
UPPER += [0.20852971]
LOWER = [-0.17007317, -0.12075837, -0.1204467, -0.0658519, -0.12849652, -0.05225167, -0.09086747]
LOWER += [-0.07038213]
EVEN = [0.1728844, 0.15156292, 0.17376306, 0.12768079, 0.16481846, 0.126376, 0.14589789, 0.13919961]
FLOW = shape.AirFlow(5, 1e6)
FOILS = [
    [*UPPER, *LOWER, 0.04894415, 0.00255391],
    [*EVEN, *(-weight for weight in EVEN), 0.0, 0.0025479],
]
SAYS: dict[tuple[networks.Size, shape.AirFlow], list[list[float]]] = {
    ("xxsmall", FLOW): [
        [0.7744612341, 0.5408265453],
        [0.008760889, 0.0089049264],
        [-0.0483560891, 0.0029833073],
        [0.971882629, 0.9737679568],
    ],
    ("large", shape.AirFlow(-3, 2e5)): [
        [-0.1379475148, -0.4310245946],
        [0.0130957908, 0.0112959371],
        [-0.0524040119, 0.014190932],
        [0.9616851804, 0.9759887863],
    ],
    ("xxxlarge", FLOW): [
        [0.8026871116, 0.5561641792],
        [0.0078465269, 0.0085189103],
        [-0.0532905111, 0.0019869389],
        [0.9788548648, 0.94770718],
    ],
}


@needs_weights
@pytest.mark.parametrize(("size", "flow"), SAYS)
def test_a_network_says_what_neuralfoil_says(size: networks.Size, flow: shape.AirFlow) -> None:
    air = networks.forces(torch.tensor(FOILS), flow, size)
    assert torch.stack(air) == pytest.approx(torch.tensor(SAYS[size, flow]), rel=2e-5)


def test_a_profile_of_four_digits_is_as_thick_as_it_says() -> None:
    x = shape.stations(201)
    terms = [0.2969 * np.sqrt(x), -0.126 * x, -0.3516 * x**2, 0.2843 * x**3, -0.1015 * x**4]
    half = 5 * 0.12 * np.sum(terms, axis=0)
    side = np.repeat([0, 1], len(x))
    numbers, error = shape.fitted(np.tile(x, 2), np.concatenate([half, -half]), side)
    one = torch.tensor(numbers)[None]
    assert error < 2e-4
    assert float(shape.thickness(one)) == pytest.approx(0.12, abs=2e-4)
    assert 0 < float(shape.gap(one)) < 0.01
    assert float(shape.gap(-one)) < 0  # upside down its sides cross


def test_latents_lead_back_to_named_airfoils() -> None:
    airfoils = collection()
    z = airfoils.latents(airfoils.held_out()[:50])
    assert Decoder()(torch.tensor(z)).numpy() == pytest.approx(airfoils.held_out()[:50], abs=1e-9)
    assert airfoils.shape("naca2412") == pytest.approx(FOILS[0], abs=0.05)
    drawn = pictures(torch.tensor(airfoils.shape("naca2412"))[None])
    assert drawn.shape == (1, 64, 160)
    assert 0.05 < drawn.mean() < 0.3
    with pytest.raises(bb.ObjectiveError, match="did you mean 'naca2412'"):
        airfoils.shape("naca2412-a")


@needs_solver
def test_the_solver_agrees_with_the_largest_network() -> None:
    ratios = xfoil.lift_to_drag(FOILS, FLOW)
    assert ratios == pytest.approx([102.3, 65.3], rel=0.02)
    assert np.isnan(xfoil.lift_to_drag(np.full((1, 18), np.nan), FLOW)).all()
    crossed = -np.array(FOILS[:1])
    assert np.isnan(xfoil.lift_to_drag(crossed, FLOW)).all()


CONVERGED = "   9   rms: 0.3E-05   max: 0.3E-04\n  a = 5.0  CL =  0.8\n Cm = -0.05 CD =  0.01 =>"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (CONVERGED, [0.8, 0.01, -0.05]),
        (CONVERGED.replace("0.3E-05", "0.3E-02"), [np.nan] * 3),  # it was still going on
        (CONVERGED.replace("CD =  0.01", "CD = -0.01"), [np.nan] * 3),
        ("VISCAL:  Convergence failed", [np.nan] * 3),
        ("", [np.nan] * 3),
    ],
)
def test_only_a_solver_that_has_converged_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, expected: list[float]
) -> None:
    program = tmp_path / "xfoil"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\ncat <<'END'\n{output}\nEND\nexit 136\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert list(xfoil.polar(FOILS[0], FLOW)) == pytest.approx(expected, nan_ok=True)


def test_a_solver_that_hangs_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "xfoil"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(xfoil, "SECONDS", 0.2)
    assert np.isnan(xfoil.polar(FOILS[0], FLOW)).all()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(bb.MissingPackage, match="apt-get install xfoil"):
        xfoil.program()
    monkeypatch.setattr(networks, "find_spec", lambda name: None)
    with pytest.raises(bb.MissingPackage, match=r'pip install "blackbox\[airfoils\]"'):
        networks.weights_folder()


@pytest.mark.slow
@needs_weights
@needs_solver
def test_a_small_network_is_fooled_where_the_larger_and_the_solver_are_not() -> None:
    objective = bb.objective("airfoils.lift_to_drag")
    adam = "gradient_ascent(start='first', step='adam')"
    run = bb.compare(objective, adam, budget=40, seeds=1).runs.iloc[0]
    assert run["status"] == "spent"
    assert run["best"] > run["judge_largest_network"] > run["judge_largest_network_start"]


@needs_weights
@needs_solver
@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("size='tiny'", "no network of size 'tiny'"),
        ("reads='tunnel'", "reads is 'network' or 'xfoil'"),
        ("source='naca241'", "did you mean"),
        ("source=3", "of 1933 airfoils none is 3"),
        ("reynolds=-3.0", "a Reynolds number above 0"),
        ("angle=500.0", "an angle between -90 and 90"),
    ],
)
def test_a_setting_that_is_not_there_is_named(setting: str, words: str) -> None:
    with pytest.raises(bb.BlackboxError, match=words):
        bb.objective(f"airfoils.lift_to_drag({setting})")
