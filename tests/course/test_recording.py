"""Where there are no threads, a recorded run is shown, and that is said."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

from chansim import ScenarioError, deployments, execute, simulate
from chansim.course import executed, recorded, recording

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SITE = deployments.slide07(rate=20, service=0.01, workers=1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "FOLDER", tmp_path / "recordings")
    return tmp_path / "recordings"


def test_with_threads_it_is_executed_and_nothing_is_kept(folder):
    assert executed(SITE, 0.2, recording="99-site").world == "executed"
    assert not folder.exists()


def test_what_was_recorded_is_shown_in_the_browser(folder, monkeypatch, capsys):
    monkeypatch.setenv(recording.RECORD, "1")
    run = executed(SITE, 0.2, recording="99-site")
    monkeypatch.setattr(sys, "platform", "emscripten")
    again = executed(SITE, 0.2, recording="99-site")
    assert again.trace.digest() == run.trace.digest()
    assert (again.world, again.scenario, again.seed) == ("executed", SITE, 1)
    assert "no threads in the browser" in capsys.readouterr().out


def test_in_the_browser_execute_itself_says_why_it_cannot(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(ScenarioError, match="no threads in the browser"):
        execute(SITE, seconds=0.1)


def test_what_was_not_recorded_is_said(folder):
    with pytest.raises(FileNotFoundError, match="there is no recording '99-other'; there are: none"):
        recorded("99-other", SITE)


def test_a_long_run_is_not_kept(folder, monkeypatch):
    monkeypatch.setattr(recording, "MOST_BYTES", 100)
    with pytest.raises(ValueError, match="execute for less long"):
        recording.keep(simulate(SITE, seconds=2), "99-long")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_lesson_executes_was_recorded_for_the_browser(path):
    """`python3 tools/dev.py record` makes the files; execute() itself would be an error there."""
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    named = [name for source in code for name in re.findall(r"\brecording=[\"']([^\"'{}]+)[\"']", source)]
    assert [name for name in named if not (recording.FOLDER / f"{name}.trace").is_file()] == []
    assert [source for source in code if re.search(r"(?<![\w.])execute\(", source)] == []
