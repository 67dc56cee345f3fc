"""The course as the index shows it: each notebook's title, slides, time, goals and picture.

What may live here: reading these from the notebooks, and notebooks/README.md, which is written from them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
SVG = "image/svg+xml"
THUMBNAILS = NOTEBOOKS / "thumbnails"

HEAD = """\
# The course

Open a notebook with a click (in JupyterLab: `make lab`), run its cells with Shift+Enter, and guess before you look.
Each one runs by itself. [`docs/teaching.md`](../docs/teaching.md) is for those who give the course.

"""


@dataclass(frozen=True)
class Lesson:
    """A notebook: its *path*, what it is called, *when* (slides and time), *goals*, and its first picture."""

    path: Path
    title: str
    when: str
    goals: tuple[str, ...]
    picture: str
    words: str

    @property
    def number(self) -> str:
        return self.path.name[:2]


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def lesson(path: Path) -> Lesson:
    """What the index shows of this notebook."""
    notebook = read(path)
    opening = notebook.cells[0].source
    title = re.sub(r"^# (?:\d\d · )?", "", opening.splitlines()[0])
    when = re.search(r"^\*(.+)\*$", opening, re.MULTILINE)
    goals = re.findall(r"^- (.+?)[;.]?$", opening, re.MULTILINE) if "Afterwards" in opening else []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if SVG in output.get("data", {}):
                picture, words = output.data[SVG], output.data.get("text/plain", "")
                return Lesson(path, title, when[1] if when else "", tuple(goals), picture, words)
    raise SystemExit(f"{path.name} has no picture to show in the index")


def lessons() -> list[Lesson]:
    """The whole course, in order."""
    return [lesson(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]


def short(words: str, most: int = 140) -> str:
    """The first sentence of a picture's words, as the alternative text of a thumbnail."""
    first = re.split(r"(?<=\.) ", " ".join(words.split()), maxsplit=1)[0].rstrip(".")
    return first[:most].replace('"', "'").replace("[", "(").replace("]", ")")


def readme(course: list[Lesson]) -> str:
    """notebooks/README.md."""
    rows = ["| | | |", "|---|---|---|"]
    for each in course:
        picture = f'<img src="thumbnails/{each.number}.svg" alt="{short(each.words)}" width="220">'
        said = f"{each.when}<br>{'; '.join(each.goals)}" if each.goals else each.when
        rows.append(f"| {picture} | {each.number} [{each.title}]({each.path.name}) | {said} |")
    return HEAD + "\n".join(rows) + "\n"


def main() -> None:
    """Write the index and its thumbnails."""
    course = lessons()
    THUMBNAILS.mkdir(exist_ok=True)
    for each in course:
        (THUMBNAILS / f"{each.number}.svg").write_text(each.picture + "\n", encoding="utf-8")
    (NOTEBOOKS / "README.md").write_text(readme(course), encoding="utf-8")


if __name__ == "__main__":
    main()
