"""The learners' copies: no solution in them, and nothing that gives one away."""

import json
from pathlib import Path

import nbformat
import pytest

from chansim.cli import main
from chansim.course.copies import SHIPPED, copy_course
from chansim.course.lessons import EXERCISES

NOTEBOOKS = sorted(SHIPPED.glob("*.ipynb"))


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Each lesson's copy, by its name."""
    target = tmp_path_factory.mktemp("handout") / "new"
    return {path.stem: nbformat.read(path, as_version=4) for path in copy_course(SHIPPED, target)}


@pytest.fixture(scope="module")
def shipped():
    return {path.stem: nbformat.read(path, as_version=4) for path in NOTEBOOKS}


def solutions(notebook):
    return [cell.source for cell in notebook.cells if "solution" in cell.metadata.get("tags", [])]


def test_every_notebook_has_a_valid_copy(copies, shipped):
    assert list(copies) == list(shipped)
    for name, copy in copies.items():
        nbformat.validate(copy)
        assert copy.metadata["chansim"] == {"lesson": name}


def test_no_solution_is_left_and_every_stub_is(copies, shipped):
    assert solutions(shipped["01_one_request_one_worker"])
    for name, copy in copies.items():
        text = nbformat.writes(copy)
        for source in solutions(shipped[name]):
            assert json.dumps(source)[1:-1] not in text
        assert solutions(copy) == []
        assert "folded below" not in " ".join(text.replace("\\n", " ").split())
        for exercise in [each for each in EXERCISES if each[:2] == name[:2]]:
            assert f'check("{exercise}"' in "".join(cell.source for cell in copy.cells)


def test_nothing_was_run_in_a_copy(copies):
    code = [cell for copy in copies.values() for cell in copy.cells if cell.cell_type == "code"]
    assert {(len(cell.outputs), cell.execution_count) for cell in code} == {(0, None)}


def test_with_results_all_outputs_stay_but_those_of_exercises(tmp_path):
    (path,) = copy_course(SHIPPED, tmp_path, ["01"], results=True)
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert all(not cell.outputs for cell in code if "check(" in cell.source)
    assert sum(bool(cell.outputs) for cell in code) > 20


def test_links_to_sources_lead_there_from_the_copy(tmp_path):
    (path,) = copy_course(SHIPPED, tmp_path / "far" / "away", ["01"])
    text = path.read_text(encoding="utf-8")
    (link,) = {
        part.split(")")[0] for part in text.split("](")[1:] if "deployments/slide07.py" in part.split(")")[0]
    }
    assert (path.parent / link).resolve() == Path(
        SHIPPED.parent, "src/chansim/deployments/slide07.py"
    ).resolve()


def test_a_learners_work_is_never_written_over(tmp_path, capsys):
    assert main(["course", "student", str(tmp_path), "01"]) == 0
    (path,) = tmp_path.glob("*.ipynb")
    path.write_text("my work")
    assert main(["course", "student", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert [each.read_text() for each in tmp_path.glob("*.ipynb")] == ["my work"]


def test_what_is_not_there_is_told(tmp_path, capsys):
    assert main(["course", "student", str(tmp_path / "a"), "--from", str(tmp_path)]) == 2
    assert "there are no notebooks in" in capsys.readouterr().err
    assert main(["course", "student", str(tmp_path / "a"), "77"]) == 2
    assert "no notebook begins with 77" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main(["course", "student", str(tmp_path / "file")]) == 2
    assert "is no folder; give a new one" in capsys.readouterr().err
    assert main(["course", "student", str(tmp_path / "file" / "in it")]) == 2
    assert "Not a directory" in capsys.readouterr().err
    assert main(["course", "student"]) == 2
    assert "required: DIR (see" in capsys.readouterr().err
