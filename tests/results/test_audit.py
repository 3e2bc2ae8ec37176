"""The audit: what runs did with their budget and time, on what machine, and how that is kept."""

from __future__ import annotations

import dataclasses
import math
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import blackbox as bb
from blackbox import machine
from blackbox.protocol import Array
from blackbox.results import frame
from blackbox.results.costs.audit import audit, facts, recipe_hash, seconds
from blackbox.trace import Status, Trace
from tests.conftest import make_trace

LAPTOP = {"cpu": "small", "python": "CPython 3.12.1"}
SERVER = {"cpu": "large", "python": "CPython 3.11.2"}


def audited(traces: list[Trace]) -> pd.DataFrame:
    return audit(frame.runs(traces)).set_index("strategy")


def test_the_audit_counts_what_was_done_per_run() -> None:
    one = make_trace([1, 3, np.nan, 3], clipped=np.array([True, False, True, False]))
    other = make_trace([5, 4], gradients=[1, 1], seed=1, z=np.ones((2, 2)), peak_memory_mb=9.5)
    row = audited([dataclasses.replace(one, peak_memory_mb=7.0), other]).loc["climb"]
    assert (row["n_ok"], row["granted"], row["used"], row["wasted"]) == ("2/2", 4, 4, 0)
    assert (row["n_scores"], row["n_gradients"]) == (3, 1)
    assert (row["n_duplicate"], row["n_clipped"], row["n_invalid"]) == (0.5, 1, 0.5)
    # Two of four rows and one of two came after the best: the first row that reached it.
    assert (row["n_after_best"], row["after_best_share"]) == (1.5, 0.5)
    assert row["thinking_share"] == pytest.approx(0.5 / 3.5)  # 2 x 0.25 s; six rows of 0.5 s
    assert row["evaluation_share"] == pytest.approx(3 / 3.5)
    assert (row["peak_memory_mb"], row["versions"]) == (9.5, "numpy 2")


def test_the_seconds_of_a_study_are_those_of_its_strategies_and_objectives() -> None:
    one, other = make_trace([1, 2]), make_trace([1, 2, 3], strategy="other")
    runs = frame.runs([one, dataclasses.replace(other, thinking_seconds=1.25)])
    table = seconds(runs).set_index(["part", "name"])
    assert table["seconds"].to_dict() == {
        ("thinking", "climb"): 0.25,
        ("thinking", "other"): 1.25,
        ("objective", "bowl"): 2.5,  # five rows of 0.5 s
    }
    assert table["share"].tolist() == [0.0625, 0.3125, 0.625]
    assert table["ms_per_score"].tolist() == pytest.approx([125, 1250 / 3, 500])
    assert seconds(frame.runs([])).empty


def test_a_failed_run_is_seen_and_a_missing_one_does_not_spoil_the_means() -> None:
    failed = make_trace([], strategy="other", status=Status.FAILED, thinking_seconds=0.0)
    rows = audited([make_trace([1, 2]), make_trace([1, 2], seed=1), failed])
    assert rows["n_ok"].to_dict() == {"climb": "2/2", "other": "0/1"}
    assert list(rows.loc["other", ["used", "wasted", "n_after_best"]]) == [0, 4, 0]
    assert rows.loc["other", ["after_best_share", "thinking_share"]].isna().all()
    assert audit(frame.runs([])).empty


def test_a_run_that_found_nothing_valid_came_no_nearer_at_all() -> None:
    assert audited([make_trace([np.nan, np.nan])])["after_best_share"].tolist() == [1]


def test_two_machines_and_two_versions_are_both_listed() -> None:
    traces = [
        make_trace([1], seed=0, machine=LAPTOP, versions={"numpy": "1"}),
        make_trace([1], seed=1, machine=SERVER),
        make_trace([1], seed=2, machine=SERVER),
        make_trace([1], seed=3),  # kept before machines were recorded
    ]
    assert audited(traces)["versions"].tolist() == ["numpy 1 or 2"]
    table = facts(frame.runs(traces), {"budget": 4})
    told = {
        (row.kind, row.name_, row.value): row.n_runs
        for row in table.rename(columns={"name": "name_"}).itertuples()
    }
    assert told == {
        ("recipe", "hash", recipe_hash({"budget": 4})): 4,
        ("machine", "cpu", "large"): 2,
        ("machine", "python", "CPython 3.11.2"): 2,
        ("machine 2", "cpu", "small"): 1,
        ("machine 2", "python", "CPython 3.12.1"): 1,
        ("package", "numpy", "1"): 1,
        ("package", "numpy", "2"): 3,
    }


def test_another_recipe_has_another_hash() -> None:
    assert recipe_hash({"budget": 4, "seeds": [0]}) != recipe_hash({"budget": 5, "seeds": [0]})


# what is recorded


def test_a_study_records_its_machine_and_memory_and_another_one_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = bb.compare("synthetic.sphere(d=2)", "random_search", 5, seeds=2, store=tmp_path)
    assert (study.runs["peak_memory_mb"] > 10).all()
    kinds = study.facts().set_index("name")["value"]
    assert kinds["python"] == machine.facts()["python"]
    assert len(kinds["hash"]) == 24
    monkeypatch.setattr(machine, "facts", lambda: SERVER)
    loaded = bb.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.facts(), study.facts())
    pd.testing.assert_frame_equal(loaded.audit(), study.audit())
    more = bb.compare("synthetic.sphere(d=2)", "random_search", 5, seeds=2, store=tmp_path)
    assert "large" not in set(more.facts()["value"])  # nothing was made here
    next((tmp_path / "runs").glob("*.run")).unlink()
    more = bb.compare("synthetic.sphere(d=2)", "random_search", 5, seeds=2, store=tmp_path)
    assert {"machine", "machine 2"} <= set(more.facts()["kind"])
    assert [t.digest() for t in more.traces] == [t.digest() for t in study.traces]


def test_memory_and_machine_do_not_enter_the_fingerprint() -> None:
    one = make_trace([1, 2])
    other = dataclasses.replace(one, machine=SERVER, peak_memory_mb=1e4)
    assert one.digest() == other.digest()


def test_the_peak_of_a_process_is_its_own_and_never_falls() -> None:
    before = machine.peak_memory_mb()
    kept = np.ones(4_000_000)  # 32 MB that are touched
    assert machine.peak_memory_mb() >= max(before, kept.nbytes / 1e6)
    del kept
    assert machine.peak_memory_mb() >= before
    child = "from blackbox import machine; print(machine.peak_memory_mb())"
    said = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True)
    assert 1 < float(said.stdout) < before / 2  # no torch in there


def test_a_system_that_tells_little_is_recorded_as_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_lines", lambda path: [])
    assert machine.peak_memory_mb() > 10  # by ru_maxrss
    monkeypatch.setitem(sys.modules, "resource", None)
    assert math.isnan(machine.peak_memory_mb())
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    monkeypatch.delattr(os, "sysconf", raising=False)
    told = machine.facts.__wrapped__()
    assert [told[name] for name in ("cpu", "cores", "memory")] == ["unknown"] * 3


# repeated points


@given(
    arrays(
        float,
        st.tuples(st.integers(0, 12), st.just(2)),
        elements=st.sampled_from([0.0, -0.0, 1.5, np.nan]),
    )
)
def test_a_point_asked_again_is_a_duplicate_whatever_the_sign_of_its_zero(z: Array) -> None:
    known = z[~np.isnan(z).any(axis=1)]  # rows asked in data space have no latent point
    expected = len(known) - len(np.unique(known, axis=0))
    assert make_trace(np.zeros(len(z)), z=z).n_duplicate == expected
    assert make_trace(np.zeros(len(z)), z=np.asfortranarray(z)).n_duplicate == expected
