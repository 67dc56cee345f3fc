"""Recording: what was really executed once, for where nothing can be.

In the browser (JupyterLite) there are no threads, and so no executed world. A lesson shows a recorded run
there: the trace of the same scenario, executed on the author's machine, a small file in ``recordings/``.
``python3 tools/dev.py record`` makes them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from chansim.live.engine import execute
from chansim.run import Run
from chansim.scenario import Scenario
from chansim.trace import Trace

FOLDER = Path(__file__).resolve().parent / "recordings"

RECORD = "CHANSIM_RECORD"
"""Set while recordings are made: what is executed is then kept."""

MOST_BYTES = 200_000
"""A recording is part of the package: more would not be small."""


def can_execute() -> bool:
    """Whether there are threads here: everywhere but in the browser."""
    return sys.platform not in ("emscripten", "wasi")


def executed(scenario: Scenario, seconds: float, seed: int = 1, *, recording: str) -> Run:
    """Execute *scenario* where that can be done; in the browser, say so and give the recorded run of that name.

    *recording* is the lesson and what is run, such as "01-real". Raises FileNotFoundError in the browser where
    there is none of that name.
    """
    if not can_execute():
        print("There are no threads in the browser: this run was executed elsewhere, and recorded.")
        return recorded(recording, scenario, seed)
    run = execute(scenario, seed=seed, seconds=seconds)
    if os.environ.get(RECORD):
        keep(run, recording)
    return run


def recorded(name: str, scenario: Scenario, seed: int = 1) -> Run:
    """The recorded run of that *name*; *scenario* and *seed* are those it was executed with."""
    path = FOLDER / f"{name}.trace"
    if not path.is_file():
        there = ", ".join(sorted(each.stem for each in FOLDER.glob("*.trace"))) or "none"
        raise FileNotFoundError(f"there is no recording {name!r}; there are: {there}")
    return Run(scenario, Trace.load(path), "executed", seed)


def keep(run: Run, name: str) -> Path:
    """Write the trace of *run* to the recordings. Raises ValueError for a run that is too long for that."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.trace"
    run.trace.save(path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        path.unlink()
        raise ValueError(f"{name}: a recording of {size} bytes, over {MOST_BYTES}: execute for less long")
    return path
