"""Each lesson as a learner does it, in a real JupyterLab: every cell run, each exercise done wrong and then right.

The learner's copy is what ``chansim course student`` writes. In the place of a cell that is the learner's to write
stand two: the first wrong answer of ``course/tried/``, then the first right one. What is asserted is read from
the page. It takes minutes, so it has a command of its own: ``python3 tools/dev.py learner``.
"""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from browser.harness import open_notebook, run_all
from chansim.course.copies import copy_course
from chansim.course.lessons import LESSONS

pytestmark = pytest.mark.skipif(
    os.environ.get("CHANSIM_LEARNER") != "1", reason="takes minutes: python3 tools/dev.py learner"
)

TESTS = Path(__file__).resolve().parent.parent
WITH_EXERCISES = [lesson for lesson in LESSONS if lesson.EXERCISES]
CHECKED = re.compile(r"\bcheck\(\s*[\"']([^\"']+)[\"']")
# names with an underscore, which no lesson uses
PREPARE = """import sys
sys.path.insert(0, {tests!r})
from test_lessons import made as _made, pairs as _pairs
from course.tried import lesson_{number} as _tried
from chansim.course import check"""
WRONG = "check({name!r}, _made(list(_pairs(_tried.WRONG[{name!r}]))[0][0]))"
RIGHT = "check({name!r}, _made(_tried.RIGHT[{name!r}][0]))"
GOES_ON = ["00-chat"]  # it checks the run that is shown, which the lesson goes on to use
ERRORS = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']"
STDERR = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"


def answered(path, number, exercises):
    """Put answers into the learner's copy; gives, by exercise, where the wrong one and the right one stand."""
    notebook = nbformat.read(path, as_version=4)
    cells, places = [new_code_cell(PREPARE.format(tests=str(TESTS), number=number))], {}
    for cell in notebook.cells:
        if "raises-exception" in cell.metadata.get("tags", []):
            continue  # the error that it shows on purpose would end the run; nbval compares it
        found = CHECKED.findall(cell.source) if cell.cell_type == "code" else []
        names = [
            name for name in found if name in exercises
        ]  # a lesson may check again what another asked for
        if not names or names == GOES_ON:
            cells.append(cell)
        for name in names:
            if name not in places:
                places[name] = (len(cells), len(cells) + 1)
                cells += [new_code_cell(answer.format(name=name)) for answer in (WRONG, RIGHT)]
    notebook.cells = cells
    nbformat.write(notebook, path)
    return places


@pytest.mark.parametrize("lesson", WITH_EXERCISES, ids=lambda lesson: lesson.__name__[-2:])
def test_done_wrong_the_page_shows_a_hint_and_done_right_a_tick(lesson, lab, page):
    number = lesson.__name__[-2:]
    (copy,) = copy_course(TESTS.parent / "notebooks", lab.root / f"learner-{number}", [number])
    places = answered(copy, number, lesson.EXERCISES)
    assert set(places) == set(lesson.EXERCISES)
    open_notebook(page, lab, copy.relative_to(lab.root).as_posix())
    run_all(page)
    shown = page.locator(".jp-Notebook .jp-Cell")
    for name, (wrong, right) in places.items():
        for place, sign in ((wrong, "→ "), (right, "✓ ")):
            said = shown.nth(place).locator(".jp-OutputArea-output").all_inner_texts()
            assert len(said) == 1, (name, said)
            assert said[0].startswith(sign), (name, said)
    assert page.locator(ERRORS).count() == 0
    assert page.locator(STDERR).count() == 0
