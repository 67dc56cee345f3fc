"""Progress: a bar for a run that takes long, shown with tqdm, which is loaded only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator

PARTS = 200


Told = Callable[[float], object]
"""What is told the share of the run that is done, from 0 to 1. It may raise, which ends the run."""


def parts_of(seconds: float, shown: bool | Told, what: str) -> Iterator[float]:
    """The moments up to which to run, one after the other; the last is *seconds*.

    Where it is *shown* there are many, with a bar beside them that says *what* is going on; a
    function is told how far it is instead.
    """
    if callable(shown):
        for part in range(1, PARTS):
            shown((part - 1) / PARTS)
            yield seconds * part / PARTS
    elif shown:
        from tqdm.auto import tqdm

        for part in tqdm(range(1, PARTS), desc=what, leave=False):
            yield seconds * part / PARTS
    yield seconds
