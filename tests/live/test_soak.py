"""The soak run, in its short form. The long one is ``python benchmarks/soak.py``."""

import os
import runpy
from pathlib import Path
from typing import Any

import pytest

SOAK = runpy.run_path(str(Path(__file__).parent.parent.parent / "benchmarks" / "soak.py"))


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(os, "fork"), reason="counts file descriptors, as POSIX has them")
def test_a_minute_with_clients_half_of_whom_vanish() -> None:
    """A minute in CI, less elsewhere: memory flat, no file left open, books balanced, nothing lost or heard twice."""
    short = not os.environ.get("CI")
    soak: Any = SOAK["Soak"](
        15.0 if short else 60.0, 100 if short else 500, 30.0 if short else 100.0, lines=5.0
    )
    soak.run()
    assert soak.faults() == [], str(soak)


def test_each_fault_would_be_seen() -> None:
    """A check that cannot fail checks nothing."""
    good: dict[str, Any] = {
        "books": {
            "events": {"sent": 10, "received": 8},
            "lost": {"gone client": 1},
            "waiting": 1,
            "open": 0,
            "clients": 0,
            "members": 0,
        },
        "memory": [50.0] * 40,
        "took": [0.1],
        "asked": 1,
        "heard": 5,
        "said": 1,
    }

    def found(**other: Any) -> str:
        soak = SOAK["Soak"](1.0, 1, 1.0)
        for name, value in {**good, **other}.items():
            setattr(soak, name, value)
        return "; ".join(soak.faults())

    books = good["books"]
    assert found() == ""
    assert "the books" in found(books={**books, "events": {"sent": 11, "received": 8}})
    assert "lost without need" in found(books={**books, "lost": {"full": 1}})
    assert "grew by" in found(memory=[50.0] * 20 + [70.0] * 20)
    assert "files: 3 before, 4 after" in found(files_before=3, files_after=4)
    assert "knows of some" in found(books={**books, "members": 2})
    assert "heard twice" in found(twice=1)
    assert "could not keep up" in found(behind=True)
    assert "of 2 requests 1 were answered" in found(asked=2)
    assert "sockets broke" in found(broke=1)
    assert "nothing was said" in found(heard=0)
