"""Campaigns: one command line for all that write a page, and runs that are not made twice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.campaigns import chains, command


def test_a_campaign_prints_its_page_with_the_command_that_makes_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "HERE", tmp_path)
    made_by = "Made by `python -m tests.campaigns.chains --steps 20 --write`."
    for asked in ([], ["--write"]):
        monkeypatch.setattr(sys, "argv", ["chains", "--steps", "20", *asked])
        chains.main()
        printed = capsys.readouterr().out.strip()
        assert printed.endswith(made_by)
        page = tmp_path / "chains.md"
        assert page.exists() == bool(asked)
    assert page.read_text().strip() == printed


def test_a_row_that_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert [*command.rows_of(path), *command.rows_of(None)] == []
    for row in ([1, 0.1], ["ä", 2.0]):
        command.add_row(path, row)
    command.add_row(None, [3])
    assert [*command.rows_of(path)] == [[1, 0.1], ["ä", 2.0]]
