"""Prediction: a guess, written down before the result is known.

Who has guessed looks at the result with a question in mind. A wrong guess is
worth as much as a right one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from chansim.course.numerals import number_in, written


@dataclass(frozen=True)
class Prediction:
    """*value*: what was guessed for *question*, in *unit*; None for no prediction."""

    question: str
    value: float | str | None
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.question} {self.said}"

    __repr__ = __str__

    @property
    def number(self) -> float | None:
        """The guess, where it is a number."""
        return None if isinstance(self.value, str) else self.value

    @property
    def seconds(self) -> float | None:
        """The guess as views take it, where it is a time: a number of seconds."""
        factor = {"s": 1.0, "ms": 0.001}.get(self.unit)
        return None if self.number is None or factor is None else factor * self.number

    @property
    def said(self) -> str:
        """The guess in words."""
        if self.value is None:
            return "No prediction."
        return f"You say: {self.value if isinstance(self.value, str) else written(self.value, self.unit)}."

    def against(self, actual: float) -> str:
        """The guess and what came, in one line."""
        came = f"It came to {written(actual, self.unit)}"
        if self.number is None:
            return f"{came}. {self.said.replace('say', 'said')}"
        said = f"You said {written(self.number, self.unit)}"
        factor = actual / self.number if self.number else math.nan
        if not 0 < factor < math.inf:
            return f"{came}. {said}."
        if 0.8 <= factor <= 1.25:
            return f"{came}. {said}: close."
        off = f"{written(factor)} times too low" if factor > 1 else f"{written(1 / factor)} times too high"
        return f"{came}. {said}: {off}."


_recorded: list[Prediction] = []


def predictions() -> tuple[Prediction, ...]:
    """Every prediction that was recorded in this notebook, in order."""
    return tuple(_recorded)


def is_recorded(prediction: Prediction) -> bool:
    """Whether *prediction* came from :func:`predict`, and not from elsewhere."""
    return any(each is prediction for each in _recorded)


def predict(question: str, guess: float | str | None, unit: str = "") -> Prediction:
    """Record *guess*, a number of *unit* or a word, as the answer to *question*, and print it on one line.

    None records that there is no prediction: the lesson goes on. So does anything that cannot be one, and a
    hint is printed.
    """
    value = guess if isinstance(guess, str) else number_in(guess)
    if isinstance(value, float) and not math.isfinite(value):
        value = None
    if isinstance(value, str) and not value.strip():
        value = None
    prediction = Prediction(question, value, unit)
    _recorded.append(prediction)
    hint = " (a prediction is a number or a word)" if value is None and guess is not None else ""
    print(f"{prediction}{hint}")
    return prediction
