"""The course's own words: predict, then run, then check.

- :func:`predict` records a guess before the result may draw (``prediction.py``)
- :func:`check` says ✓ or one hint, and never raises (``checking.py``)
- :func:`same_story` holds what was executed against what was simulated (``two_worlds.py``)

An exercise is described in ``lessons/``, one file a lesson, and is of some kind: a number (``number.py``), a
function under test (``function.py``), a promise that a run keeps (``promise.py``). A kind is one file: a
frozen class with a method ``judge(answer) -> Verdict``. Nothing else knows which kinds there are.
"""

from chansim.course.checking import check
from chansim.course.prediction import Prediction, predict
from chansim.course.two_worlds import same_story
from chansim.course.verdict import Verdict

__all__ = ["predict", "Prediction", "check", "same_story", "Verdict"]
