"""The lessons, as a learner and as a sceptic would try them.

Each exercise is done wrong, in every way its author thought of, and right; what to try stands in
``course/tried/``, one file a lesson. Every number with a unit in the prose of a notebook is computed there, from
theory or from the run the reader sees, or is given by the lesson itself; every other number stands in a cell, in what
it says or in what came of it, or belongs to a name. One that is none of these fails the test.
"""

import ast
import importlib
import re
from bisect import bisect
from functools import cache
from pathlib import Path

import nbformat
import pytest

from chansim import deployments, simulate
from chansim.course import check
from chansim.course.checking import judge
from chansim.course.lessons import EXERCISES, LESSONS
from chansim.course.lessons.lesson_01 import LOOKS

TESTS = Path(__file__).resolve().parent
NOTEBOOKS = sorted((TESTS.parent / "notebooks").glob("*.ipynb"))
TRIED = {
    path.stem[-2:]: importlib.import_module(f"course.tried.{path.stem}")
    for path in sorted((TESTS / "course" / "tried").glob("lesson_*.py"))
}


@cache
def notebook(number):
    (path,) = [path for path in NOTEBOOKS if path.name.startswith(number)]
    return nbformat.read(path, as_version=4)


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


# -- exercises, wrong and right ------------------------------------------------------------------------


def pairs(answers):
    """The answers tried and what is expected of each, from a dict or a list of pairs."""
    return answers.items() if isinstance(answers, dict) else answers


def made(answer):
    """An answer; one that takes a while to make is given as a lambda without arguments."""
    waits = getattr(answer, "__name__", "") == "<lambda>" and answer.__code__.co_argcount == 0
    return answer() if waits else answer


RIGHT = [
    pytest.param(name, answer, id=f"{name}-{place}")
    for tried in TRIED.values()
    for name, answers in tried.RIGHT.items()
    for place, answer in enumerate(answers)
]
WRONG = [
    pytest.param(name, answer, hint, id=f"{name}-{place}")
    for tried in TRIED.values()
    for name, answers in tried.WRONG.items()
    for place, (answer, hint) in enumerate(pairs(answers))
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_done_right_it_says_so(name, answer, capsys):
    check(name, made(answer))
    assert capsys.readouterr().out.startswith("✓ ")


@pytest.mark.parametrize(("name", "answer", "hint"), WRONG)
def test_done_wrong_it_gives_a_hint_and_raises_nothing(name, answer, hint, capsys):
    check(name, made(answer))
    out = capsys.readouterr().out
    assert out.startswith("→ ")
    assert hint in out
    assert out.count("\n") == 1


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.__name__[-2:])
def test_every_exercise_is_tried(lesson):
    number = lesson.__name__[-2:]
    if lesson.EXERCISES:
        tried = TRIED[number]
        assert set(lesson.EXERCISES) == set(tried.RIGHT) == set(tried.WRONG)
        assert all(tried.RIGHT.values())
        assert all(tried.WRONG.values())
    assert all(name.startswith(f"{number}-") for name in lesson.EXERCISES)


@pytest.mark.parametrize("seed", range(1, 9))
def test_whoever_counts_right_is_told_so_with_nearly_any_seed(seed):
    site = deployments.slide07(rate=10, service=0.05, workers=1)
    trace = simulate(site, seed=seed, seconds=3 * LOOKS).trace
    came = [row.t for row in trace.rows(component="clients", event="sent")]
    gone = [row.t for row in trace.rows(component="clients", event="received")]
    looks = [bisect(came, 3 * k) - bisect(gone, 3 * k) for k in range(LOOKS)]
    assert judge("01-little", sum(looks) / LOOKS).good


def checking(name):
    """The code cells of the notebook that check this exercise."""
    call = re.compile(rf"\bcheck\(\s*[\"']{re.escape(name)}[\"']")
    return [
        cell for cell in notebook(name[:2]).cells if cell.cell_type == "code" and call.search(cell.source)
    ]


def is_solution(cell):
    return "solution" in cell.metadata.get("tags", [])


WITH_STUB = [name for name in EXERCISES if name != "00-chat"]
"""All but the first notebook's, where there is nothing to write: the run that is shown is checked."""


@pytest.mark.parametrize("name", WITH_STUB)
def test_the_notebook_shows_a_hint_then_the_solution_folded_away(name):
    cells = checking(name)
    stubs = [cell for cell in cells if not is_solution(cell)]
    solutions = [cell for cell in cells if is_solution(cell)]
    assert stubs, f"no cell without the tag solution has check({name!r}, …)"
    assert solutions, f"no cell with the tag solution has check({name!r}, …)"
    for stub in stubs:
        assert printed(stub).startswith("→ ")
    for solution in solutions:
        assert solution.metadata["jupyter"] == {"source_hidden": True}
        assert "✓ " in printed(solution)
        assert "→ " not in printed(solution)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_other_cell_reads_what_the_learner_is_to_write(path):
    """So a lesson runs to its end without the solutions, and whatever the learner wrote."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    mine = [name for name in WITH_STUB if name[:2] == path.name[:2]]
    exercise = [cell for cell in cells if is_solution(cell)]
    exercise += [cell for name in mine for cell in checking(name) if cell not in exercise]
    written = set().union(*(names(cell.source, ast.Store) for cell in cells if is_solution(cell)))
    bound_elsewhere = set().union(
        *(names(c.source, ast.Store) for c in cells if not is_solution(c) and c not in exercise)
    )
    for cell in cells:
        if cell not in exercise:
            needs = names(cell.source, ast.Load) - names(cell.source, ast.Store)
            assert not needs & (written - bound_elsewhere), cell.source


def names(source, context):
    """The names that *source* reads (ast.Load) or binds (ast.Store)."""
    nodes = list(ast.walk(ast.parse(source)))
    found = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    if context is ast.Store:
        found |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        found |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        found |= {
            each.asname or each.name.split(".")[0]
            for node in nodes
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for each in node.names
        }
    return found


# -- the numbers in the prose --------------------------------------------------------------------------

NUMBER = re.compile(r"\d[\d.,]*(?: to \d+)? ?(?:ms|%|times)|[×=±] ?\d[\d.]*|\d+ of \d+")


def prose(number):
    cells = notebook(number).cells
    return " ".join(" ".join(cell.source.split()) for cell in cells if cell.cell_type == "markdown")


NAMES = re.compile(
    r"""`[^`]*` | \]\([^)]*\) | <[^>]*>  # code, links, marks
    | \b(?:19|20)\d\d\b | \bAbout\ \d+\ minutes
    | \b(?:[Ll]esson|[Ss]lide)s?\ \d+(?:(?:,|\ and|\ to)\ \d+)* | ^\#\ \d\d\ · | \bExercise\ \d | \|\ \d\d\ \|
    | \b(?:channels|daphne|channels_redis|asgiref|OpenSlides|[Ii]ssues?|pull\ request|[Rr]eport)
      \ \d[\d.]*(?:(?:,|\ and)\ \d[\d.]*)*
    | \b(?:Channels|PEP|[Ss]ince|of|era)\ \d[\d.]* | \bHTTP/[\d.]+ | \bp(?:50|95|99)\b | \((?:\d)\)
    | \b(?:200\ OK|503|1013)\b""",
    re.VERBOSE,
)
"""What has a number in it and is none: years, lessons, reports, versions, percentiles, codes."""

BARE = re.compile(r"(?<![\w.])(?:\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.\d+)?")


def numbers(text):
    """The numbers in a text, without the marks between thousands."""
    return [re.sub("[, ]", "", found) for found in BARE.findall(text)]


def in_cells(number):
    """The numbers that the cells of a notebook say or show, in pictures those of their words."""
    for cell in notebook(number).cells:
        if cell.cell_type == "code":
            yield from numbers(cell.source.replace("_", ""))
            yield from numbers(printed(cell))
            for output in cell.outputs:
                yield from numbers(output.get("evalue", "") + output.get("data", {}).get("text/plain", ""))


@pytest.mark.parametrize("number", [path.name[:2] for path in NOTEBOOKS])
def test_every_number_of_the_prose_is_given_or_computed(number):
    text = prose(number)
    for phrase in sorted([*TRIED[number].computed(), *TRIED[number].GIVEN], key=len, reverse=True):
        assert phrase in text, f"the prose no longer says {phrase!r}, or never did"
        text = text.replace(phrase, " ")
    assert NUMBER.findall(text) == []
    left = set(numbers(NAMES.sub(" ", text))) - set(in_cells(number))
    assert left == set(), "stand in no cell, and are neither computed nor given"


def test_a_number_that_nobody_computed_is_found():
    said = NAMES.sub(
        " ", "In 2016 (lesson 07, channels 643) it came to 41.5, 1,234 or 7 of `12`; see [it](../a3.py)"
    )
    assert numbers(said) == ["41.5", "1234", "7"]
    assert {"100", "500", "94"} <= set(in_cells("01"))
    assert "41.5" not in set(in_cells("01"))


def test_the_prose_counts_what_it_shows():
    """Bare words: the numbers of the colleague's list, and 37 %, are shown by a cell as well."""
    shown = "".join(printed(cell) for cell in notebook("01").cells if cell.cell_type == "code")
    assert "requests above the mean: 37%" in shown
    assert "formula 18%" in shown
    assert "1 × 8: mean 94 ms" in shown
    assert "8 × 1: mean 500 ms" in shown
    assert shown.count("they agree") == 2
