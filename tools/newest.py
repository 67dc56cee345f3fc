"""Run the notebooks under other versions, and compare with what they store: python3 tools/dev.py newest [name]

Every output must be the same, byte for byte, but for charts by matplotlib: where it puts a line may change with its
version, and so only their words are compared; and but for cells tagged nbval-ignore-output, whose lesson is the
moment. First it says which packages are not those of the lock. Nothing is stored. What may live here: that comparison.
"""

from __future__ import annotations

import copy
import importlib.metadata
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.run_notebooks import execute, find, normalise

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock.txt"

SVG = "image/svg+xml"
BY_MATPLOTLIB = 'id="figure_1"'
WORDS = re.compile(r"<text[^>]*>([^<]*)<|aria-label=\"([^\"]*)\"")


def other_packages() -> str:
    """In words: what is here in another version than in the lock."""
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    here = {each.name.lower().replace("_", "-"): each.version for each in importlib.metadata.distributions()}
    other = [
        f"{name} {version} ({locked[name]})"
        for name, version in sorted(here.items())
        if locked.get(name, version) != version
    ]
    return f"Python {sys.version.split()[0]}; other than in the lock: {', '.join(other) or 'nothing'}"


def comparable(cell: Any) -> list[Any]:
    """The outputs of a cell without what may differ."""
    if "nbval-ignore-output" in cell.metadata.get("tags", []):
        return []
    kept: list[Any] = copy.deepcopy(cell.get("outputs", []))
    for output in kept:
        data = output.get("data", {})
        if BY_MATPLOTLIB in data.get(SVG, ""):
            data[SVG] = [said or label for said, label in WORDS.findall(data[SVG])]
    return kept


def differences(stored: Any, found: Any) -> list[str]:
    """In words, the cells whose outputs are not the same."""
    told = []
    for number, (before, after) in enumerate(zip(stored.cells, found.cells, strict=True)):
        was, now = comparable(before), comparable(after)
        if was != now:
            told.append(f"cell {number}:\n  stored {was!s:.2000}\n  found  {now!s:.2000}")
    return told


def main(names: list[str]) -> int:
    print(other_packages(), flush=True)
    failed = []
    for path in find(names):
        stored = nbformat.read(path, as_version=4)
        found = copy.deepcopy(stored)
        try:
            execute(found, path.parent)
            normalise(found, path.stem)
            told = differences(stored, found)
        except CellExecutionError as error:
            told = [str(error)]
        print(f"{path.name}: {'differs' if told else 'the same'}", *told, sep="\n", flush=True)
        if told:
            failed.append(path.name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
