"""A picture with its words."""

import re
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chansim.figure import Figure
from chansim.palette import (
    DARK,
    DEEP,
    INK,
    MANY,
    ON_STEPS,
    PAPER,
    QUIET,
    ROLES,
    SELECTED,
    STEPS,
    contrast,
    luminance,
)
from chansim.svg import Drawing

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


def drawing() -> Figure:
    made = Drawing(100, 50)
    made.rect(10, 10, 30, 20, fill=ROLES["lost"].strong)
    made.write(50, 30, "words", fill=INK)
    return Figure(made.text("One", "One box."), "One box.")


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])  # type: ignore[return-value]


@pytest.mark.parametrize(("width", "size"), [(None, (200, 100)), (740, (740, 370))])
def test_a_drawing_is_saved_as_png_without_a_browser(
    tmp_path: Path, width: int | None, size: tuple[int, int]
):
    path = drawing().save(tmp_path / "picture.png", width)
    assert size_of(path.read_bytes()) == size


def test_a_chart_is_as_wide_as_is_asked(tmp_path: Path):
    path = Figure.from_matplotlib(chart(), "words").save(tmp_path / "chart.png", 1200)
    assert size_of(path.read_bytes())[0] == 1200


@pytest.mark.parametrize("figure", [drawing(), Figure.from_matplotlib(chart(), "words").themed("dark")])
def test_where_resvg_is_missing_it_is_said(tmp_path: Path, figure: Figure, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(
        ValueError, match=r'pip install "chansim\[png\]"; without it, save it as picture\.svg'
    ):
        figure.save(tmp_path / "picture.png")


WRONG = (0, -5, "740", True, float("nan"), 10**9)


@pytest.mark.parametrize(
    ("name", "width"), [("picture.svg", 740), *(("picture.png", each) for each in WRONG)]
)
def test_a_width_is_of_a_png(tmp_path: Path, name: str, width: Any):
    with pytest.raises(ValueError, match=r"it is the pixels of a \.png, 1 or more"):
        drawing().save(tmp_path / name, width)


# Themes.


def test_the_dark_picture_is_the_same_one_in_other_colours():
    light, dark = drawing(), drawing().themed("dark")
    assert dark.words == light.words
    assert light.themed("light") is light
    assert DARK[PAPER] in dark.svg
    assert DARK[INK] in dark.svg
    assert PAPER not in dark.svg
    assert ROLES["lost"].strong in dark.svg
    colours = re.compile("#[0-9a-f]+")
    assert colours.sub("", light.svg) == colours.sub("", dark.svg)


def test_a_chart_can_be_dark_and_saved(tmp_path: Path):
    dark = Figure.from_matplotlib(chart(), "words").themed("dark")
    assert dark.save(tmp_path / "dark.png").read_bytes().startswith(b"\x89PNG")


def test_there_are_two_themes():
    with pytest.raises(ValueError, match="theme='dusk': it must be 'light' or 'dark'"):
        drawing().themed("dusk")


def on_dark(colour: str) -> str:
    return DARK.get(colour, colour)


@pytest.mark.parametrize("colour", [INK, QUIET, SELECTED, *DEEP.values()])
def test_text_and_marks_can_be_read_on_either_paper(colour: str):
    assert contrast(colour, PAPER) >= 4.5
    assert contrast(on_dark(colour), on_dark(PAPER)) >= 4.5


@pytest.mark.parametrize("role", ROLES)
def test_text_can_be_read_in_every_box_on_dark_paper(role: str):
    assert contrast(on_dark(INK), on_dark(ROLES[role].tint)) >= 7
    assert contrast(on_dark(ROLES[role].text), on_dark(ROLES[role].strong)) >= 4.5
    assert contrast(on_dark(ROLES[role].strong), on_dark(PAPER)) >= 3


@pytest.mark.parametrize("role", ["server", "interface", "worker"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_where_a_box_is_filled_as_far_as_it_was_busy(role: str, theme: str):
    there = on_dark if theme == "dark" else str
    strong, tint = there(ROLES[role].strong), there(ROLES[role].tint)
    mixed = [round(0.6 * int(strong[i : i + 2], 16) + 0.4 * int(tint[i : i + 2], 16)) for i in (1, 3, 5)]
    assert contrast(there(INK), "#" + "".join(f"{part:02x}" for part in mixed)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("steps", [STEPS, MANY])
def test_the_steps_from_little_to_much_are_steps_in_grey_too(theme: str, steps: tuple[str, ...]):
    grey = [luminance(on_dark(step) if theme == "dark" else step) for step in steps]
    paper = luminance(on_dark(PAPER) if theme == "dark" else PAPER)
    apart = [contrast_of(one, other) for one, other in pairwise([paper, *grey])]
    assert sorted([paper, *grey], reverse=theme == "light") == [paper, *grey]
    assert min(apart[1:]) >= 1.25


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_each_step(theme: str):
    there = on_dark if theme == "dark" else str
    for step, words in zip(STEPS, ON_STEPS, strict=True):
        assert contrast(there(step), there(words)) >= 4.5


def contrast_of(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


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
