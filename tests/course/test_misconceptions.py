"""Every misconception is met by name in a lesson."""

import re
from pathlib import Path

import nbformat
import pytest

from chansim.course.misconceptions import MISCONCEPTIONS

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def test_there_are_21_and_none_twice():
    assert len({each.belief for each in MISCONCEPTIONS}) == len(MISCONCEPTIONS) == 21


def mentions(text, said):
    """Whether the prose names it: "channels 715", also as ch#715, issue 715, or the address of the issue."""
    project, _, number = said.rpartition(" ")
    if not number.isdigit():
        return said.lower() in text.lower()
    name = project.replace("_", "[_ ]")
    return (
        re.search(rf"{name}(?:/issues/|#|[ ’'s]*(?:issue |issues )?)(?:\d+(?:,| and) )*{number}\b", text)
        is not None
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("(channels 715)", True),
        ("github.com/django/channels/issues/715", True),
        ("daphne 79, 176 and channels 503", False),
        ("channels 70, 715", True),
        ("channels 7150", False),
        ("715", False),
    ],
)
def test_an_issue_is_recognised(text, named):
    assert mentions(text, "channels 715") is named


@pytest.mark.parametrize("each", MISCONCEPTIONS, ids=lambda each: each.belief)
def test_it_is_met_by_name(each):
    found = list(NOTEBOOKS.glob(f"{each.lesson}_*.ipynb"))
    if not found:
        pytest.skip(f"lesson {each.lesson} is not written yet")
    cells = nbformat.read(found[0], as_version=4).cells
    text = " ".join(" ".join(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    assert any(mentions(text, said) for said in each.said), f"none of {each.said} in {found[0].name}"
