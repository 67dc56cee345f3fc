"""Run the notebooks with what is newest, and compare with what they store: python3 tools/dev.py newest [name]

Every output must be the same, byte for byte, but for charts by matplotlib: where it puts a line may change with its
version, and so only their words are compared. Nothing is stored. What may live here: that comparison.
"""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.run_notebooks import execute, find, normalise

SVG = "image/svg+xml"
BY_MATPLOTLIB = 'id="figure_1"'
WORDS = re.compile(r"<text[^>]*>([^<]*)<|aria-label=\"([^\"]*)\"")


def comparable(outputs: list[Any]) -> list[Any]:
    """The outputs of a cell without what may differ."""
    kept = copy.deepcopy(outputs)
    for output in kept:
        data = output.get("data", {})
        if BY_MATPLOTLIB in data.get(SVG, ""):
            data[SVG] = [said or label for said, label in WORDS.findall(data[SVG])]
    return kept


def differences(stored: Any, found: Any) -> list[str]:
    """In words, the cells whose outputs are not the same."""
    told = []
    for number, (before, after) in enumerate(zip(stored.cells, found.cells, strict=True)):
        was, now = comparable(before.get("outputs", [])), comparable(after.get("outputs", []))
        if was != now:
            told.append(f"cell {number}:\n  stored {was!s:.2000}\n  newest {now!s:.2000}")
    return told


def main(names: list[str]) -> int:
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
