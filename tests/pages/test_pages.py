"""What a page's build refuses: false sentences, sentences without claims, stale pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from blackbox.errors import PageError
from blackbox.pages import Estimate, Page, PageFrames, estimates, mean, share, where, written
from blackbox.pages.__main__ import main
from blackbox.pages.estimate import digits, percent, signed
from tests.pages.conftest import SHARES, edit


def test_a_page_says_what_its_frames_say(home: Path) -> None:
    assert main(["--write", "helping"]) == 0
    page = (home / "README.md").read_text()
    assert "Yes: 90 % arrive, and 30.0 % [10.8, 60.3] without" in page
    assert "| behind | 0.9 |" in page
    assert (home / "bars.svg").is_file()
    assert main(["helping"]) == 0


def test_a_false_sentence_fails_and_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--write", "helping"])
    before = (home / "README.md").read_text()
    PageFrames({"shares": SHARES.assign(judged=[0.2, 0.3])}).write(home / "frames")
    assert main(["helping"]) == 1
    refusal = capsys.readouterr().err
    assert "it_helps is false: 'Yes: {{ it.behind | percent }} arrive" in refusal
    assert "page.md, line 3" in refusal
    assert main(["--write", "helping"]) == 1
    assert (home / "README.md").read_text() == before


def test_another_number_fails_until_the_page_is_written_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--write", "helping"])
    PageFrames({"shares": SHARES.assign(judged=[0.8, 0.3])}).write(home / "frames")
    assert main(["helping"]) == 1
    refusal = capsys.readouterr().err
    assert "+Yes: 80 % arrive" in refusal
    assert "bars.svg was drawn from other frames" in refusal
    assert main(["--write", "helping"]) == 0
    assert main(["helping"]) == 0


WRONG: dict[str, tuple[Callable[[Path], None], str]] = {
    "a number without a claim": (
        lambda home: edit(home / "page.md", "*what judges see*", "seen by 7 judges"),
        r"a number or a comparison, and no claim: '.*7 judges",
    ),
    "a comparison without a claim": (
        lambda home: edit(home / "page.md", "*what judges see*", "better than nothing"),
        "a number or a comparison, and no claim",
    ),
    "a figure without a claim": (
        lambda home: edit(home / "page.md", "*what judges see*", "{{ 'so' }}"),
        "a number or a comparison, and no claim",
    ),
    "a claim that is not there": (
        lambda home: edit(home / "page.md", "claim it_helps", "claim it_help"),
        "there is no claim it_help in claims.py.*it_helps",
    ),
    "a claim that no sentence needs": (
        lambda home: edit(
            home / "claims.py", "def it_helps", "def idle(_):\n    yield {}\ndef it_helps"
        ),
        "no sentence needs idle",
    ),
    "a claim that raises": (
        lambda home: edit(home / "claims.py", "frames.shares", "frames.share"),
        "it_helps cannot be told .PageError: there is no frame share",
    ),
    "a claim that holds twice": (
        lambda home: edit(home / "claims.py", "if behind > bare:", "for _ in 'ab':"),
        "it_helps holds 2 times",
    ),
    "a figure that is none": (
        lambda home: edit(
            home / "claims.py", '"behind": behind', '"behind": behind * float("nan")'
        ),
        "a number of this sentence is nan",
    ),
    "a figure that the claim lacks": (
        lambda home: edit(home / "page.md", "it.behind", "it.begind"),
        "begind",
    ),
    "a table that is not there": (
        lambda home: edit(home / "page.md", "tables.all_shares", "tables.all_share"),
        "there is no table all_share",
    ),
    "a table that raises": (
        lambda home: edit(home / "tables.py", "frames.shares", "frames.shores"),
        "the table all_shares cannot be made .PageError: there is no frame shores",
    ),
    "no template": (lambda home: edit(home / "page.md", "endclaim", "endclam"), "page.md, line"),
    "no frames": (
        lambda home: (home / "frames" / "shares.csv").unlink(),
        "there are no frames in",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_page_is_told(home: Path, what: str) -> None:
    spoil, words = WRONG[what]
    spoil(home)
    with pytest.raises(PageError, match=words):
        Page("helping").render()


def test_a_picture_that_another_code_drew_is_stale(home: Path) -> None:
    main(["--write", "helping"])
    edit(home / "figures.py", "new_figure(3, 2)", "new_figure(3, 3)")
    with pytest.raises(PageError, match=r"bars\.svg was drawn from other frames, or by other code"):
        Page("helping").check()
    (home / "bars.svg").unlink()
    with pytest.raises(PageError, match=r"bars\.svg is not drawn yet"):
        Page("helping").check()


def test_a_package_without_a_page_is_refused() -> None:
    for package in ("blackbox.pages", "no_such_package", "json.decoder"):
        with pytest.raises(PageError, match=r"no page\.md|no package"):
            Page(package)


def test_frames_come_back_as_they_were_written(tmp_path: Path) -> None:
    pixels = pd.DataFrame({"row": [1, 2], "pixels": [b"\0\1", b"\2\3"]})
    frames = PageFrames({"shares": SHARES, "pixels": pixels}).write(tmp_path)
    pd.testing.assert_frame_equal(frames.shares, SHARES)
    pd.testing.assert_frame_equal(frames["pixels"], pixels)
    shares = frames.shares
    shares.loc[0, "judged"] = 0.0
    assert frames.shares["judged"][0] == 0.9
    assert len(frames.digest()) == 16


def test_what_is_long_is_kept_whole_and_what_was_long_is_not_read_again(tmp_path: Path) -> None:
    long = pd.DataFrame({"best": np.arange(10_000) / 3})
    written = PageFrames({"runs": long}).write(tmp_path)
    pd.testing.assert_frame_equal(written.runs, long, check_exact=True)
    again = PageFrames({"runs": long[:4]}).write(tmp_path)
    assert len(again.runs) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (digits(1234567.0), "1,234,567"),
        (digits(0.0), "0"),
        (digits(12.3456), "12.3"),
        (digits(123.456), "123"),
        (digits(0.05), "0.05"),
        (digits(1.5e-7), "1.5e-07"),
        (digits(-0.0001, 2), "0.00"),
        (signed(Estimate(1.0, -2.0, 3.0), 1), "+1.0 [-2.0, +3.0]"),
        (percent(0.0), "0 %"),
        (percent(0.0004), "0.04 %"),
        (percent(share([1.0] * 20)), "100 % [84, 100]"),
    ],
)
def test_numbers_of_sentences(text: str, written: str) -> None:
    assert text == written


def test_an_estimate_comes_back_from_the_columns_of_a_frame() -> None:
    gain, hits = mean([1.0, 2.0, 4.0]), share([1.0, 0.0, 1.0])
    table = pd.DataFrame([{"search": "ours", **gain.columns("gain"), **hits.columns("hit")}])
    row = estimates(where(table, search="ours").iloc[0])
    assert (row["search"], row["gain"], row["hit"]) == ("ours", gain, hits)
    assert written(table, hit=2)["hit"].tolist() == [digits(hits, 2)]


def test_rows_are_those_in_which_all_is_as_wanted() -> None:
    table = pd.DataFrame({"search": ["ours", "ours", "theirs"], "steps": [10, 20, 20]})
    assert where(table, search="ours", steps=20).index.tolist() == [1]
    assert where(table, search="nobody's").empty
