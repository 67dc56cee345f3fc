"""The course's own words: predict, then run, then check.

- :func:`predict` records a guess before the result may draw (``prediction.py``)
- :func:`show` draws a run in several views, the guess in them (``showing.py``)
- :func:`check` says ✓ or one hint, and never raises (``checking.py``)
- :func:`learner` and :func:`given`: numbers of one's own, drawn from a name (``learner.py``)
- :func:`same_story` holds what was executed against what was simulated (``two_worlds.py``)
- :func:`executed` executes, or gives a recorded run where there are no threads (``recording.py``)

An exercise is described in ``lessons/``, one file a lesson, and is of some kind:

- a number, give or take what its run allows: ``Number`` (``number.py``)
- a function that must give what a formula gives: ``Function`` (``function.py``)
- a function or class that must keep a property in 200 generated cases: ``Property`` (``property.py``)
- a promise that a run keeps, read from its trace: ``Promise`` (``promise.py``)
- a choice, good if it costs at most a tenth more than the best: ``Choice`` (``choice.py``)
- several items, each right or wrong: ``Exact`` (``exact.py``)
- anything made, of which something must hold: ``Rule`` (``rule.py``)
- any of these, with numbers drawn from the learner's name: ``Own`` (``learner.py``)

A kind is one file: a frozen class with a method ``judge(answer) -> Verdict``. Nothing else knows which kinds
there are.
"""

from chansim.course.checking import check
from chansim.course.learner import Given, given, learner
from chansim.course.prediction import Prediction, predict, predictions
from chansim.course.recording import executed, recorded
from chansim.course.showing import show
from chansim.course.two_worlds import same_story
from chansim.course.verdict import Verdict

__all__ = [
    "predict",
    "predictions",
    "Prediction",
    "show",
    "check",
    "learner",
    "given",
    "Given",
    "same_story",
    "executed",
    "recorded",
    "Verdict",
]
