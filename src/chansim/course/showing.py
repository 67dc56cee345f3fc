"""show: a run, in the views asked for, with the learner's guess drawn in."""

from __future__ import annotations

import sys
from inspect import signature
from typing import Any

from chansim.course.numerals import described
from chansim.course.prediction import Prediction, is_recorded
from chansim.figure import Figure


def show(run: Any, *names: str, guess: Prediction | None = None, **options: Any) -> None:
    """Show *run* in the views of these *names*, such as "gantt" and "ecdf", one below the other.

    *guess* is what :func:`~chansim.course.predict` returned: it is marked in every view that has a time axis
    for it, and else said in words. One that was not recorded before is not drawn, and that is said too.
    *options* go to each of the views that knows them. Raises ValueError for a view or an option that is none.
    """
    from chansim import views

    unknown = [name for name in names if name not in views.__all__]
    if unknown or not names:
        raise ValueError(f"show: {unknown[0] if unknown else 'no name'!r} is no view; {_list(views.__all__)}")
    chosen = [getattr(views, name) for name in names]
    takes = [set(signature(view).parameters) for view in chosen]
    for option in options:
        if not any(option in each for each in takes):
            raise ValueError(f"show: {option!r} is no option of {', '.join(names)}")
    seconds = _seconds(guess)
    drawn = False
    for view, known in zip(chosen, takes, strict=True):
        mine = {option: value for option, value in options.items() if option in known}
        if seconds is not None and "guess" in known:
            mine["guess"], drawn = seconds, True
        _display(view(run, **mine))
    remark = _remark(guess, drawn)
    if remark:
        print(remark)


def _seconds(guess: Any) -> float | None:
    """The guess as a view takes it, where it was recorded and is a time."""
    return guess.seconds if isinstance(guess, Prediction) and is_recorded(guess) else None


def _remark(guess: Any, drawn: bool) -> str:
    """What is to be said of the guess, below the pictures."""
    if guess is None:
        return ""
    if not isinstance(guess, Prediction):
        return f"This guess is not drawn: it is {described(guess)}. Record it first, with predict(...)."
    if not is_recorded(guess):
        return "This guess is not drawn: it was not recorded with predict(...) before the result."
    return "" if drawn else guess.said


def _display(figure: Figure) -> None:
    """In a notebook the picture, elsewhere its words."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        from IPython.display import display

        display(figure)  # type: ignore[no-untyped-call]
    else:
        print(figure)


def _list(names: list[str]) -> str:
    return f"there are {', '.join(names)}"
