"""The runner: runs the learner's cells in a process of its own, and gives away the answers.

    python -I -m chansim.course.grading.runner NOTEBOOK SECONDS MEGABYTES

It judges nothing that can leave it: what it says are answers. ``check`` is replaced, here, by what hands the
answer on, so whatever a copy prints or does to ``check`` and ``EXERCISES`` is beside the point.
"""

from __future__ import annotations

import base64
import builtins
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import chansim.course
from chansim import Run, Scenario, ScenarioError
from chansim.course import checking
from chansim.course.grading import wire
from chansim.course.grading.limits import limit
from chansim.course.grading.notebook import cells_of
from chansim.course.learner import current_learner
from chansim.course.lessons import EXERCISES
from chansim.course.numerals import name_of
from chansim.course.verdict import Verdict


class Runner:
    """The streams to the judge, the answers so far, and the functions among them, by number."""

    def __init__(self, judge: BinaryIO, to_judge: BinaryIO):
        self.judge, self.to_judge = judge, to_judge
        self.answers: dict[str, Any] = {}
        self.functions: list[Any] = []
        self.pristine: dict[str, int] = {}

    def say(self, **message: Any) -> None:
        with suppress(wire.NothingMore):
            wire.write(self.to_judge, message)

    def check(self, exercise: Any, answer: Any = None, *_: Any, **__: Any) -> None:
        """In the place of ``chansim.course.check``: hand the answer on."""
        name = exercise if isinstance(exercise, str) else ""
        self.answers[name] = answer
        try:
            self.say(answer=name[:100], learner=current_learner(), **self.parcel(answer))
        except wire.NotData:  # too long
            self.say(answer=name[:100], learner=current_learner(), object="something very large")

    def parcel(self, answer: Any) -> dict[str, Any]:
        """An answer in the form in which it can leave."""
        with suppress(wire.NotData):
            return {"data": wire.packed(answer)}
        if isinstance(answer, Scenario):
            with suppress(ScenarioError):
                return {"scenario": answer.to_text()}
        if isinstance(answer, Run):
            with suppress(ScenarioError):
                answer.trace.save("run.trace")  # in the empty folder that this process was given
                trace = base64.b64encode(Path("run.trace").read_bytes()).decode()
                about = {"world": answer.world, "seed": answer.seed, "end": answer.trace.end}
                return {"run": {"scenario": answer.scenario.to_text(), "trace": trace, **about}}
        if callable(answer) and not isinstance(answer, type):
            self.functions.append(answer)
            return {"function": len(self.functions) - 1, "name": name_of(answer)[:60]}
        return {"object": type(answer).__name__[:60]}

    def serve(self) -> None:
        """Do what the judge asks, until it asks no more."""
        while True:
            message = wire.read(self.judge)
            if "call" in message:
                self.say(**self.called(message))
            elif "judge" in message:
                self.say(**self.judged(str(message["judge"])))

    def called(self, message: dict[str, Any]) -> dict[str, Any]:
        """What a function gives, and what it made of the values that it was given."""
        values = wire.unpacked(message["with"])
        try:
            result = self.functions[message["call"]](*values)
            return {"result": wire.packed(result), "after": wire.packed(values)}
        except wire.NotData:
            return {"object": "something that cannot leave"}
        except (Exception, SystemExit) as error:
            return {"raised": type(error).__name__, "words": words_of(error)}

    def judged(self, exercise: str) -> dict[str, Any]:
        """The verdict on what cannot leave: made here, beside the learner's code, as far as that left it alone."""
        if not self.pristine.items() <= fingerprint().items():
            return {"good": False, "words": "this copy changes chansim itself, so it cannot be judged."}
        verdict: Verdict = checking.judge(exercise, self.answers.get(exercise))
        return {"good": verdict.good is True, "words": str(verdict.words)}


def fingerprint() -> dict[str, int]:
    """What judging goes through: each function of the course and its code, each exercise. What is changed shows."""
    found = {f"exercise {name}": id(exercise) for name, exercise in EXERCISES.items()}
    for name, module in list(sys.modules.items()):
        if not name.startswith("chansim.course."):
            continue
        for key, value in list(vars(module).items()):
            inner = vars(value).items() if isinstance(value, type) else ()
            for label, each in [("", value), *inner]:
                code = getattr(each, "__code__", None)
                if code is not None:
                    found[f"{name} {key} {label}"] = id(code)
    return found


def words_of(error: BaseException) -> str:
    try:
        return str(error)[:300]
    except Exception:
        return ""


def run_cells(runner: Runner, cells: list[tuple[int, str, bool]]) -> None:
    """Run each cell as a notebook would. An error ends its cell, and is said; the next cell is run."""
    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    for number, source, may_raise in cells:
        runner.say(cell=number)
        try:
            exec(compile(source, f"<cell {number}>", "exec"), space)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            if not may_raise:
                runner.say(error=f"cell {number}: {type(error).__name__}: {words_of(error)}"[:300])


def main(path: str, seconds: str, megabytes: str) -> None:
    """Take the two streams away from the learner, set the limits, run, and serve."""
    judge, to_judge = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    cells = cells_of(path)
    runner = Runner(judge, to_judge)
    chansim.course.check = checking.check = runner.check
    runner.pristine = fingerprint()
    limit(float(seconds), int(megabytes))
    run_cells(runner, cells)
    runner.say(done=True)
    with suppress(wire.NothingMore):
        runner.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
