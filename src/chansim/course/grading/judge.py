"""The judge: asks the runner for answers, and holds them against the shipped exercises.

    python -I -m chansim.course.grading.judge LESSON SECONDS MEGABYTES

It is a process of its own, in which no line of the learner's runs. It hears the runner on its standard input,
asks on its standard output, and says what it found on its standard error, which only the grader reads.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, BinaryIO

from chansim import Run, Scenario, Trace, simulate
from chansim.course.checking import judge
from chansim.course.grading import wire
from chansim.course.grading.limits import limit
from chansim.course.learner import known_as
from chansim.course.lessons import EXERCISES
from chansim.course.verdict import Verdict

Message = dict[str, Any]


class Elsewhere:
    """A value that stayed where it is; what there is to know of it here is its type's name."""

    def __init__(self, kind: str):
        self.kind = kind


class Remote:
    """A learner's function: calling it calls it there."""

    def __init__(self, ask: Callable[[Message], Message], message: Message):
        self._ask, self._number = ask, message["function"]
        self.__name__ = str(message.get("name", "your function"))
        self.cannot = False  # it was given, or gave, what cannot cross

    def __call__(self, *values: Any) -> Any:
        try:
            parcel = wire.packed(tuple(values))
        except wire.NotData:
            self.cannot = True
            raise
        came = self._ask({"call": self._number, "with": parcel})
        if "raised" in came:
            raise wire.error_of(came["raised"], came.get("words", ""))
        if "object" in came:
            self.cannot = True
            return Elsewhere(str(came["object"]))
        after = wire.unpacked(came.get("after"))
        for value, now in zip(values, after if type(after) is tuple else (), strict=False):
            if type(value) is type(now) and type(value) in (list, dict, set) and value != now:
                value.clear()  # it was changed there, as a function may do
                (value.extend if type(value) is list else value.update)(now)
        return wire.unpacked(came.get("result"))


class Judge:
    """What the runner has said so far, and what is made of it."""

    def __init__(self, runner: BinaryIO, to_runner: BinaryIO, seconds: float):
        self.to_runner = to_runner
        self.until = time.monotonic() + seconds
        self.heard: Queue[Message | None] = Queue()
        self.answers: dict[str, Message] = {}
        self.errors: list[str] = []
        self.cell = 0
        self.ended = ""  # why nothing more can be asked; "" as long as it can
        self.seconds = seconds
        Thread(target=self._listen, args=(runner,), daemon=True).start()

    def _listen(self, runner: BinaryIO) -> None:
        try:
            while True:
                self.heard.put(wire.read(runner))
        except wire.NothingMore:
            self.heard.put(None)

    def hear(self) -> Message:
        """The next message. Raises NothingMore when the time is up or the runner is gone, and notes which."""
        try:
            message = self.heard.get(timeout=max(self.until - time.monotonic(), 0.01))
        except Empty:
            self.ended = f"it was stopped after {self.seconds:g} s, in cell {self.cell}"
            raise wire.NothingMore from None
        if message is None:
            self.ended = self.ended or f"it ended its own process in cell {self.cell}"
            raise wire.NothingMore
        return message

    def ask(self, question: Message) -> Message:
        """The runner's reply to *question*."""
        if self.ended:
            raise wire.NothingMore
        wire.write(self.to_runner, question)
        return self.hear()

    def collect(self) -> None:
        """Hear the answers, until the cells are done or nothing more comes."""
        try:
            while True:
                message = self.hear()
                if "cell" in message:
                    self.cell = int(message["cell"])
                elif "answer" in message:
                    self.answers[str(message["answer"])] = message
                elif "error" in message and len(self.errors) < 20:
                    self.errors.append(str(message["error"]))
                elif "done" in message:
                    return
        except (wire.NothingMore, ValueError, TypeError):
            self.ended = self.ended or "it said what no notebook says"

    def verdict(self, exercise: str) -> Message:
        """What becomes of one exercise: whether it is good, why, and how that was found out."""
        answer = self.answers.get(exercise)
        if answer is None:
            why = f": {self.ended}" if self.ended else f'; the copy must call check("{exercise}", …)'
            return {"good": False, "words": f"no answer was given{why}.", "how": "not at all"}
        with known_as(str(answer.get("learner", ""))):
            try:
                found, how = self.weighed(exercise, answer)
            except (wire.NothingMore, wire.NotData):
                words = f"it could not be tried: {self.ended or 'its answer cannot be read'}."
                found, how = Verdict(False, words), "not at all"
        learner = str(answer.get("learner", ""))[:100]
        return {"good": found.good, "words": found.words[:600], "how": how, "learner": learner}

    def weighed(self, exercise: str, answer: Message) -> tuple[Verdict, str]:
        """The verdict, made here where the answer can come here: "apart"; else "beside" the learner's code."""
        if "function" in answer:
            remote = Remote(self.ask, answer)
            verdict = judge(exercise, remote)
            if self.ended:
                raise wire.NothingMore
            if not remote.cannot:
                return verdict, "apart"
        elif "data" in answer:
            return judge(exercise, wire.unpacked(answer["data"])), "apart"
        elif "scenario" in answer:
            return judge(exercise, Scenario.from_text(str(answer["scenario"]))), "apart"
        elif "run" in answer:
            return judge(exercise, run_of(answer["run"])), "apart"
        came = self.ask({"judge": exercise})
        return Verdict(came.get("good") is True, str(came.get("words", ""))), "beside"


def run_of(told: Message) -> Run:
    """A learner's run: simulated again, where it was simulated; of an executed one, the trace that was sent."""
    scenario = Scenario.from_text(str(told["scenario"]))
    if told["world"] == "simulated":
        return simulate(scenario, int(told["seed"]), float(told["end"]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trace")
        path.write_bytes(base64.b64decode(str(told["trace"])))
        return Run(scenario, Trace.load(path), "executed", int(told["seed"]))


def main(lesson: str, seconds: str, megabytes: str) -> None:
    """Collect, judge each exercise of the lesson, and say so."""
    runner, to_runner = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)  # what a learner's exercise makes chansim print
    said = os.fdopen(os.dup(2), "w", encoding="utf-8")
    os.dup2(1, 2)
    limit(float(seconds) + 60, int(megabytes))  # a learner's design may be absurd
    bench = Judge(runner, to_runner, float(seconds))
    bench.collect()
    for exercise in [name for name in EXERCISES if name.startswith(f"{lesson}-")]:
        print(json.dumps({"exercise": exercise, **bench.verdict(exercise)}), file=said, flush=True)
    print(json.dumps({"ended": bench.ended, "errors": bench.errors}), file=said, flush=True)
    said.flush()
    os._exit(0)  # the listener may still wait for a runner that hangs


if __name__ == "__main__":
    main(*sys.argv[1:])
