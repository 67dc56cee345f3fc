"""A picture with its words."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chansim.figure import Figure
from chansim.palette import DEEP, PAPER, ROLES, contrast

CHART = """
from matplotlib.figure import Figure as Chart
from chansim.figure import Figure
chart = Chart()
chart.subplots().plot([1, 2, 3], [3, 1, 2], marker="o")
print(Figure.from_matplotlib(chart, "Three points: 3, 1, 2. And more.").svg)
"""


def chart() -> Any:
    from matplotlib.figure import Figure as Chart

    made = Chart()
    made.subplots().plot([1, 2, 3], [3, 1, 2])
    return made


def test_a_notebook_is_given_the_picture_and_the_words():
    figure = Figure("<svg/>", "One box.")
    assert repr(figure) == str(figure) == "One box."
    assert figure._repr_mimebundle_() == {"image/svg+xml": "<svg/>", "text/plain": "One box."}


def test_figures_are_compared_by_picture_and_words_and_do_not_change():
    assert Figure("<svg/>", "One.") == Figure("<svg/>", "One.", object())
    assert Figure("<svg/>", "One.") != Figure("<svg/>", "Two.")
    with pytest.raises(AttributeError):
        Figure("<svg/>", "One.").words = "Two."  # type: ignore[misc]


def test_it_is_saved_as_svg(tmp_path: Path):
    path = Figure("<svg>ρ</svg>", "words").save(tmp_path / "picture.svg")
    assert path.read_text(encoding="utf-8") == "<svg>ρ</svg>"


def test_a_drawing_says_why_it_is_no_png(tmp_path: Path):
    with pytest.raises(ValueError, match=r"this drawing is SVG only; save it as picture\.svg"):
        Figure("<svg/>", "words").save(tmp_path / "picture.png")


@pytest.mark.parametrize("name", ["picture.pdf", "picture"])
def test_other_files_are_refused(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match=r"saved as \.svg or \.png"):
        Figure("<svg/>", "words").save(tmp_path / name)


def test_a_chart_is_saved_as_png_too(tmp_path: Path):
    path = Figure.from_matplotlib(chart(), "words").save(tmp_path / "chart.png")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_chart_has_a_role_a_title_and_its_words():
    figure = Figure.from_matplotlib(chart(), "Three points: 3, 1, 2. And “more” & so on.")
    assert figure.svg.startswith(
        '<svg role="img" aria-label="Three points: 3, 1, 2. And “more” &amp; so on."'
    )
    assert "<title>Three points: 3, 1, 2</title>" in figure.svg
    assert "<dc:date>" not in figure.svg


def test_a_chart_is_closed():
    from matplotlib import pyplot

    made, _ = pyplot.subplots()
    Figure.from_matplotlib(made, "words")
    assert not pyplot.fignum_exists(made.number)


def test_a_chart_gives_the_same_text_in_another_interpreter():
    runs = [
        subprocess.run([sys.executable, "-c", CHART], capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0].startswith(b"<svg")


def test_a_chart_with_far_too_many_points_is_refused():
    made = chart()
    made.axes[0].scatter(range(5000), [(7 * i) % 5000 for i in range(5000)])
    with pytest.raises(ValueError, match="draw fewer points"):
        Figure.from_matplotlib(made, "words")


@pytest.mark.parametrize("role", ROLES)
def test_text_can_be_read_on_every_colour(role: str):
    colour = ROLES[role]
    assert contrast(colour.text, colour.strong) >= 4.5
    assert contrast("#1a1a1a", colour.tint) >= 4.5


@pytest.mark.parametrize("role", DEEP)
def test_deep_colours_can_be_read_on_white(role: str):
    assert contrast(DEEP[role], PAPER) >= 4.5
