"""Output: files that are never half written, progress, and what JSON has not."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chansim.commands.options import Wrong

PATIENCE = 2.0
"""Seconds that something takes before its progress is shown."""


@contextmanager
def whole_file(path: Path | None, option: str = "--figure") -> Iterator[Path | None]:
    """A draft beside *path* that takes its place if all goes well, and else is gone: no file is half written.

    Raises Wrong, before anything else is done, where no file can be written there.
    """
    if path is None:
        yield None
        return
    target = Path(os.path.realpath(path))  # what a link points to is written, not the link
    draft = target.with_name(f".chansim-{os.getpid()}{target.suffix}")
    try:
        if target.exists() and not target.is_file():
            raise OSError("it is no file")
        if target.exists() and not os.access(target, os.W_OK):
            raise OSError("it may not be changed")
        draft.open("xb").close()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Wrong(f"{option} {str(path)!r} cannot be written: {why}; give another folder or name") from None
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def progress(options: Namespace, **about: Any) -> Iterator[Callable[[int], object] | None]:
    """What to tell how much more is done; None where nobody looks."""
    wanted = options.progress
    if wanted is None:
        wanted = sys.stderr is not None and sys.stderr.isatty()
    if not wanted:
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(delay=PATIENCE, leave=False, file=sys.stderr, **about) as bar:
        yield bar.update


def nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """NaN, which JSON has not, as null."""
    return {key: None if value != value else value for key, value in values.items()}
