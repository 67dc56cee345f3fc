"""Copies: what learners get. The notebooks without their solutions, and without what gives an answer away."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chansim.course.grading.notebook import read_notebook, source_of, tags_of

SHIPPED = Path(__file__).resolve().parents[3] / "notebooks"
"""Where the course is in a checkout. (An installed package has none: it is to be said where they are.)"""

CHECK = re.compile(r"\bcheck\(")
FOLDED = re.compile(r"(?:(?<=\s)|^)[^.!?\s][^.!?]*\bfolded (?:away )?below\b[^.!?]*[.!?](?:\s|$)")


def without_solutions(notebook: dict[str, Any], name: str, results: bool) -> dict[str, Any]:
    """A copy for a learner, named after the lesson *name*.

    Left out are the cells tagged ``solution``, and any sentence that says one is folded below. The stub that
    precedes it stays. Outputs are left out too, since who has seen a result cannot predict it; with *results*
    those that answer no exercise stay.
    """
    kept: list[dict[str, Any]] = []
    for cell in notebook["cells"]:
        if "solution" in tags_of(cell):
            continue
        copy = dict(cell)
        if cell.get("cell_type") == "markdown":
            copy["source"] = FOLDED.sub("", source_of(cell)).strip()
            if not copy["source"]:
                continue
        elif not results or CHECK.search(source_of(cell)):
            copy.update(outputs=[], execution_count=None)
        kept.append(copy)
    metadata = {**notebook.get("metadata", {}), "chansim": {"lesson": name}}
    return {**notebook, "cells": kept, "metadata": metadata}


def moved(source: Any, there: Path, here: Path) -> Any:
    """The prose of a cell with its links to the sources leading there from another folder."""
    text = "".join(source) if isinstance(source, list) else str(source)
    way = Path(os.path.relpath(there.parent, here)).as_posix()
    return text.replace("](../", f"]({way}/")


def copy_course(
    notebooks: Path, target: Path, names: Sequence[str] = (), results: bool = False
) -> list[Path]:
    """Write the learner's copies of the *notebooks* (all, or those whose name begins so) to the folder *target*.

    Raises FileExistsError before anything is written where a copy is there already: it may be a learner's work.
    """
    sources = [
        path for path in sorted(notebooks.glob("*.ipynb")) if not names or path.name.startswith(tuple(names))
    ]
    targets = [target / path.name for path in sources]
    there = [path for path in targets if path.exists()]
    if there:
        raise FileExistsError(f"{there[0]} is there already; give another folder, or move it away")
    target.mkdir(parents=True, exist_ok=True)
    for path, copy in zip(sources, targets, strict=True):
        made = without_solutions(read_notebook(path), path.stem, results)
        for cell in made["cells"]:
            if cell.get("cell_type") == "markdown":
                cell["source"] = moved(cell.get("source", ""), path.parent.resolve(), target.resolve())
        copy.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return targets
