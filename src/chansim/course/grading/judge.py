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
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, BinaryIO

from chansim import Run, Scenario, Trace, simulate
from chansim.course.capstone import Design
from chansim.course.checking import judge
from chansim.course.grading import wire
from chansim.course.grading.limits import limit
from chansim.course.grading.peer import Peer, lent_by_the_judge
from chansim.course.learner import known_as
from chansim.course.lessons import EXERCISES
from chansim.course.verdict import Verdict

Message = dict[str, Any]


class Judge:
    """What the runner has said so far, and what is made of it."""

    def __init__(self, runner: BinaryIO, to_runner: BinaryIO, seconds: float):
        self.to_runner = to_runner
        self.peer = Peer(self, lent_by_the_judge)
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

    def say(self, message: Message) -> None:
        """Say it to the runner. Raises NothingMore where nobody listens, NotData where it is too long."""
        if self.ended:
            raise wire.NothingMore
        wire.write(self.to_runner, message)

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
        learner = str(answer.get("learner", ""))[:100]
        with known_as(learner):
            try:
                found = judge(exercise, self.answered(answer))
            except (wire.NotData, ValueError) as error:
                found = Verdict(False, f"its answer cannot be read{f': {error}' if str(error) else ''}.")
        if self.ended and "reference" in json.dumps(answer.get("value")):  # perhaps in the midst of it
            return {"good": False, "words": f"it could not be tried: {self.ended}.", "how": "not at all"}
        return {"good": found.good, "words": found.words[:600], "how": "apart", "learner": learner}

    def answered(self, answer: Message) -> Any:
        """What was answered; what cannot come here as a :class:`~chansim.course.grading.peer.Borrowed`."""
        if "scenario" in answer:
            return Scenario.from_text(str(answer["scenario"]))
        if "run" in answer:
            return run_of(answer["run"])
        if "problem" in answer:
            raise ValueError(str(answer["problem"]))
        if "design" in answer:
            return Design(**wire.unpacked(answer["design"]))
        return self.peer.unpacked(answer.get("value"))


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
