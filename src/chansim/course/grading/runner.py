"""The runner: runs the learner's cells in a process of its own, and gives away the answers.

    python -I -m chansim.course.grading.runner NOTEBOOK SECONDS MEGABYTES

It judges nothing: what it says are answers. ``check`` is replaced, here, by what hands the answer on, so whatever a
copy prints, or does to chansim, is beside the point.
"""

from __future__ import annotations

import base64
import builtins
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import chansim.course
from chansim import Run, Scenario, ScenarioError
from chansim.course import checking
from chansim.course.capstone import Design
from chansim.course.grading import wire
from chansim.course.grading.limits import limit
from chansim.course.grading.notebook import cells_of
from chansim.course.grading.peer import Peer, lent_by_the_runner, words_of
from chansim.course.learner import current_learner


class Runner:
    """The streams to the judge, and what is lent to it."""

    def __init__(self, judge: BinaryIO, to_judge: BinaryIO):
        self.judge, self.to_judge = judge, to_judge
        self.peer = Peer(self, lent_by_the_runner)

    def say(self, message: dict[str, Any]) -> None:
        """Say it to the judge. Raises NotData where it is too long."""
        with suppress(wire.NothingMore):
            wire.write(self.to_judge, message)

    def hear(self) -> dict[str, Any]:
        """What the judge says."""
        return wire.read(self.judge)

    def check(self, exercise: Any, answer: Any = None, *_: Any, **__: Any) -> None:
        """In the place of ``chansim.course.check``: hand the answer on."""
        about = {
            "answer": (exercise if isinstance(exercise, str) else "")[:100],
            "learner": current_learner(),
        }
        try:
            self.say({**about, **self.parcel(answer)})
        except wire.NotData:
            self.say({**about, "value": "something very large"})

    def parcel(self, answer: Any) -> dict[str, Any]:
        """An answer in the form in which it can leave."""
        if isinstance(answer, Scenario):
            with suppress(ScenarioError):
                return {"scenario": answer.to_text()}
        if isinstance(answer, Run):
            try:
                scenario = answer.scenario.to_text()
            except ScenarioError as error:
                return {"problem": f"a run of a deployment that cannot be told in words ({error})"[:300]}
            answer.trace.save("run.trace")  # in the empty folder that this process was given
            trace = base64.b64encode(Path("run.trace").read_bytes()).decode()
            about = {"world": answer.world, "seed": answer.seed, "end": answer.trace.end}
            return {"run": {"scenario": scenario, "trace": trace, **about}}
        if type(answer) is Design:
            return {"design": wire.packed(asdict(answer))}
        return {"value": self.peer.packed(answer)}

    def serve(self) -> None:
        """Do what the judge asks, until it asks no more."""
        while True:
            self.peer.answer(self.hear())


def run_cells(runner: Runner, cells: list[tuple[int, str, bool]]) -> None:
    """Run each cell as a notebook would. An error ends its cell, and is said; the next cell is run."""
    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    for number, source, may_raise in cells:
        runner.say({"cell": number})
        try:
            exec(compile(source, f"<cell {number}>", "exec"), space)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            if not may_raise:
                words = f"cell {number}: {type(error).__name__}: {words_of(error)}"
                runner.say({"error": words[:300]})


def main(path: str, seconds: str, megabytes: str) -> None:
    """Take the two streams away from the learner, set the limits, run, and serve."""
    judge, to_judge = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    cells = cells_of(path)
    runner = Runner(judge, to_judge)
    chansim.course.check = checking.check = runner.check
    limit(float(seconds), int(megabytes))
    run_cells(runner, cells)
    runner.say({"done": True})
    with suppress(wire.NothingMore):
        runner.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
