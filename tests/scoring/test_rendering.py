"""What a reader sees of objects: pictures and texts of an objective's own renderer, and sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.results import frame
from blackbox.results.drawing.sheets import path_sheet, sheet
from blackbox.results.judging.paths import texts
from blackbox.results.writing.markdown import to_markdown
from blackbox.scoring.objective import ObjectiveError
from blackbox.scoring.render import LARGEST_SIDE, MOST_LETTERS, drawn
from tests.conftest import objects_of


def compare(store: Path | None = None, **settings: Any) -> bb.Comparison:
    given: dict[str, Any] = {"space": bb.Space.normal(3), "name": "sum"}
    objective = bb.Objective(lambda x: x.sum(-1), **(given | settings))
    return bb.compare(objective, ["random_search", "cma_es"], 12, seeds=2, store=store)


def squares(x: torch.Tensor) -> torch.Tensor:
    return x[:, :1, None].repeat(1, 4, 5)


def words(x: torch.Tensor) -> list[str]:
    return [f"<b>{float(row[0]):.3f}</b> | {float(row[1]):.3f}" for row in x]


def test_a_renderer_draws_what_is_no_picture(tmp_path: Path) -> None:
    study = compare(tmp_path, render=squares)
    seen = study.paths()
    for trace in study.traces:
        shown = seen[(seen["strategy"] == trace.strategy) & (seen["seed"] == trace.seed)]
        for row, picture in zip(shown["row"], shown["shown"], strict=True):
            assert picture == pytest.approx(np.full((4, 5), trace.z[row, 0]), abs=1e-6)
        assert objects_of(trace).shape[1:] == (3,)  # the numbers are kept beside the pictures
    again = bb.load(tmp_path).paths()
    assert all(map(np.array_equal, seen["shown"], again["shown"]))
    assert sheet(frame.pictures(study.traces)) is not None
    assert texts(seen).empty


def test_texts_stand_in_a_table_best_run_first(tmp_path: Path) -> None:
    study = compare(tmp_path, render=words)
    table = texts(study.paths())
    assert list(table) == [
        *("objective", "strategy", "seed"),
        *("score_start", "start", "score_best", "best"),
    ]
    assert table["strategy"].tolist() == ["random_search"] * 2 + ["cma_es"] * 2
    assert table["score_best"][0] >= table["score_best"][1]
    best = {(t.strategy, t.seed): t.z[t.best_row()] for t in study.traces}
    for row in table.to_dict(orient="records"):
        point = torch.tensor(best[row["strategy"], row["seed"]])
        assert row["best"] == words(point[None])[0]
    assert texts(bb.load(tmp_path).paths()).equals(table)
    assert "<b>" not in to_markdown(table)
    assert sheet(frame.pictures(study.traces)) is None
    seen = study.paths()
    assert path_sheet(seen[seen["strategy"] == "cma_es"]) is None


def test_names_make_a_text_of_a_row() -> None:
    texts = drawn(["mass", "l|ength"], torch.tensor([[1.0, 0.333333], [12345.6, -2.0]]))
    assert texts.tolist() == ["mass 1, l|ength 0.3333", "mass 1.235e+04, l|ength -2"]
    study = compare(render=["a", "b", "c"])
    assert study.paths()["shown"].str.fullmatch(r"a \S+, b \S+, c \S+").all()


def test_objects_that_are_texts_are_shown_as_they_are() -> None:
    objective = bb.Objective(
        lambda x: np.array([float(len(text)) for text in x]),
        decoder=lambda z: ["ab" * (1 + int(10 * abs(row[0]))) for row in z],
        space=bb.Space.normal(2),
        name="texts",
    )
    study = bb.compare(objective, "random_search", 8, seeds=2)
    table = texts(study.paths())
    assert [len(text) for text in table["best"]] == table["score_best"].tolist()


def failing(x: torch.Tensor) -> Any:
    raise RuntimeError("no ink")


@pytest.mark.parametrize(
    ("render", "said"),
    [
        (failing, "not drawn: RuntimeError: no ink"),
        (lambda x: "one text", "not drawn: ObjectiveError: render returned [] of <U8"),
        (lambda x: x[:, 0], "render returned"),
        (lambda x: x[:-1, :, None].repeat(1, 1, 3), "pictures [n, h, w] or [n, 3, h, w]"),
        (lambda x: np.zeros((len(x), 8, 8, 3)), "8, 8, 3] of float64"),
        (lambda x: np.zeros((len(x), LARGEST_SIDE + 1, 2)), f"at most {LARGEST_SIDE} pixels"),
        (lambda x: [None] * len(x), "of object"),
        (lambda x: [np.zeros((i + 1, 2)) for i in range(len(x))], "not drawn: ValueError"),
        (["a", "b"], "render names 2 numbers, but an object has shape [3]"),
    ],
)
def test_a_renderer_that_goes_wrong_costs_the_picture_only(render: Any, said: str) -> None:
    study = compare(render=render, judges={"norm": lambda x: x.norm(dim=-1)})
    assert (study.runs["status"] == "spent").all()
    assert study.runs["judge_norm"].notna().all()
    assert study.runs["error"].str.contains(said, regex=False).all()
    assert study.paths()["shown"].notna().all()  # the object itself


def test_a_judge_that_goes_wrong_costs_no_picture() -> None:
    calls = []

    def tires(x: torch.Tensor) -> torch.Tensor:
        calls.append(x)
        if len(calls) > 1:
            raise RuntimeError("tired")
        return x[:, 0]

    study = compare(judges={"tires": bb.Judge(tires, truth=True)}, render=squares)
    assert study.runs["error"].str.contains("not judged by 'tires': RuntimeError: tired").all()
    assert sheet(frame.pictures(study.traces)) is not None
    found = study.exploitation()
    assert found["truth"].tolist() == ["tires", "tires"]
    assert found["n_pairs"].tolist() == [0, 0]


@pytest.mark.parametrize("render", ["names", 3, [], [1, 2]])
def test_what_cannot_draw_is_refused_at_the_door(render: Any) -> None:
    with pytest.raises(ObjectiveError, match="render must be a function of objects, or the names"):
        compare(render=render)


def test_pictures_keep_their_bytes_and_long_texts_are_cut() -> None:
    three = np.zeros(3)
    coloured = np.zeros((3, 3, 4, 4), np.uint8)
    assert drawn(lambda x: coloured, three).dtype == np.uint8
    assert drawn(lambda x: coloured.astype(float), three).dtype == np.float32
    (long, *_) = drawn(lambda x: np.array(["x" * 3000, "", "ä"], object), three)
    assert len(long) == MOST_LETTERS
    assert long.endswith("x…")


def test_a_sheet_of_the_path_shows_all_that_was_judged() -> None:
    study = compare(render=squares, judges={"true": bb.Judge(lambda x: x[:, 0], truth=True)})
    seen = study.paths()
    part = seen[seen["strategy"] == "cma_es"]
    figure = path_sheet(part)
    assert figure is not None
    (axes,) = figure.axes
    (image,) = axes.images  # of all objects of the part
    assert image.get_array() is not None
    assert [label.get_text() for label in axes.get_yticklabels()] == ["seed 0", "seed 1"]
    first = part.iloc[0]
    words = f"promised {first['score']:.3g}\ntrue {first['true']:.3g}"
    assert words in [t.get_text() for t in axes.texts]


def test_a_sheet_of_the_path_shows_odd_names_and_objects_without_a_picture() -> None:
    seen = compare(render=squares, name="$a_{b}").paths()
    part = seen[seen["strategy"] == "cma_es"].assign(strategy="<b>$").reset_index(drop=True)
    part.at[1, "shown"] = None
    figure = path_sheet(part)
    assert figure is not None
    assert len(figure.axes[0].images) == 1
    assert figure.axes[0].get_title("left") == r"\$a_{b}, <b>\$: start to best, score"
