"""Progress: a bar for a run that takes long, shown with tqdm, which is loaded only then."""

from __future__ import annotations

from collections.abc import Iterator

PARTS = 200


def parts_of(seconds: float, shown: bool, what: str) -> Iterator[float]:
    """The moments up to which to run, one after the other; the last is *seconds*.

    Where it is *shown* there are many, with a bar beside them that says *what* is going on.
    """
    if shown:
        from tqdm.auto import tqdm

        for part in tqdm(range(1, PARTS), desc=what, leave=False):
            yield seconds * part / PARTS
    yield seconds
