"""The gallery: every view is in it, and what is in it is today's."""

import inspect
import runpy
from pathlib import Path
from typing import Any

import pytest

from chansim import views
from chansim.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
TOOL = runpy.run_path(str(ROOT / "tools" / "gallery.py"))
PICTURES: tuple[Any, ...] = TOOL["PICTURES"]
PLACE = ROOT / "docs" / "gallery"
DRAWN: dict[str, Figure] = {}


def drawn(picture: Any) -> Figure:
    if picture.name not in DRAWN:
        DRAWN[picture.name] = picture.draw("light")
    return DRAWN[picture.name]


def test_every_view_has_a_picture_or_a_reason_for_none():
    functions = {
        name
        for name in views.__all__
        if inspect.isfunction(found := getattr(views, name))
        and found.__annotations__.get("return") == "Figure"
    }
    assert {picture.view for picture in PICTURES} | set(TOOL["LEFT_OUT"]) == functions
    assert len(functions) >= 13


def test_there_are_no_other_files():
    files = {TOOL["file_of"](picture, theme) for picture in PICTURES for theme in ("light", "dark")}
    assert {path.name for path in PLACE.iterdir()} == {*files, "README.md"}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda each: each.name)
def test_the_drawings_and_all_words_are_todays(picture: Any):
    """A chart's SVG depends on the version of matplotlib, so of charts the words are compared."""
    figure = drawn(picture)
    if figure._chart is None:
        for theme in ("light", "dark"):
            kept = (PLACE / TOOL["file_of"](picture, theme)).read_text(encoding="utf-8")
            assert kept == figure.themed(theme).svg + "\n", "python3 tools/dev.py gallery"
    else:
        assert figure.words.split(". ")[0] in (PLACE / "README.md").read_text(encoding="utf-8")


def test_the_page_is_todays():
    words = {picture.name: drawn(picture).words for picture in PICTURES}
    assert (PLACE / "README.md").read_text(encoding="utf-8") == TOOL["page"](words), (
        "python3 tools/dev.py gallery"
    )


def test_every_picture_is_small_enough_for_a_notebook():
    sizes = {path.name: path.stat().st_size for path in PLACE.glob("*.svg")}
    assert {name: size for name, size in sizes.items() if size > 150_000} == {}


def test_the_readme_leads_there():
    assert "(docs/gallery/README.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
