"""A notebook's file, read with care: somebody else wrote it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LARGEST = 20_000_000
"""Bytes of a notebook: more is not one lesson."""


class NotANotebook(ValueError):
    """A file that is none; the message says why."""


def read_notebook(path: str | Path) -> dict[str, Any]:
    """The notebook in this file, of format 4. Raises NotANotebook, in words, for anything else."""
    try:
        if Path(path).stat().st_size > LARGEST:
            raise NotANotebook(f"it has more than {LARGEST // 1_000_000} MB")
        notebook: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise NotANotebook(f"it cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise NotANotebook("it is no notebook: no JSON in UTF-8") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(each, dict) for each in cells):
        raise NotANotebook("it is no notebook: it has no cells")
    return notebook


def source_of(cell: dict[str, Any]) -> str:
    """A cell's text, which the format keeps whole or in lines."""
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def tags_of(cell: dict[str, Any]) -> set[str]:
    """A cell's tags."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return {str(tag) for tag in tags} if isinstance(tags, list) else set()


def cells_of(path: str | Path) -> list[tuple[int, str, bool]]:
    """The code cells to run: each one's number among all code cells, from 1, its Python, and whether it may raise.

    IPython's own notation (%time, !ls) is left out, line by line: what it does is not part of an answer.
    """
    found = []
    code = [cell for cell in read_notebook(path)["cells"] if cell.get("cell_type") == "code"]
    for number, cell in enumerate(code, start=1):
        if not tags_of(cell) & {"nbval-skip", "skip-execution"}:
            lines = source_of(cell).splitlines()
            plain = [line if not line.lstrip().startswith(("%", "!")) else "" for line in lines]
            found.append((number, "\n".join(plain), "raises-exception" in tags_of(cell)))
    return found
