"""Folder: files that are written to a new folder, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


class FolderError(ValueError):
    """The folder cannot be written; the message says which, and why."""


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write *files*, texts by their paths below *folder*, which must be new or empty.

    Raises FolderError, and leaves nothing behind, where that cannot be done.
    """
    made: list[Path] = []
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise FolderError(f"{str(folder)!r} is not empty; give a new folder, or an empty one")
        if not folder.is_dir() and (folder.exists() or folder.is_symlink()):
            raise FolderError(f"{str(folder)!r} is no folder; give a new one, or an empty one")
        for name, text in files.items():
            path = folder / name
            for above in reversed([each for each in path.parents if not each.exists()]):
                above.mkdir()
                made.append(above)
            made.append(path)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        raise FolderError(f"{str(folder)!r} cannot be written: {error.strerror or error}") from None
