"""Learner: numbers of one's own.

An exercise may set each learner other numbers, drawn from the name that is given. Two neighbours then compare
how they got there and not what they got. The draw is a salted digest: the same name has the same numbers on
every machine, in every year. It hides nothing from anyone who reads this file.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chansim.course.numerals import number_in, written
from chansim.course.verdict import Verdict

ANYONE = "anyone"
"""Whose numbers the shipped notebooks use."""

_SALT = b"chansim course, 2026"
_named = [ANYONE]
"""The name last given to learner(): one for the process, as a notebook is one learner's."""


@dataclass(frozen=True)
class Given(Mapping[str, Any]):
    """The numbers that an exercise sets one learner: ``given.rate`` or ``given["rate"]``."""

    learner: str
    exercise: str
    numbers: Mapping[str, Any]
    units: Mapping[str, str]

    def __getitem__(self, name: str) -> Any:
        return self.numbers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.numbers[name]
        except KeyError:
            raise AttributeError(f"{self.exercise} gives {', '.join(self.numbers)}, not {name}") from None

    def __repr__(self) -> str:
        told = [f"{name} = {self._said(name)}" for name in self.numbers]
        return f"{self.exercise}, for {self.learner}: {', '.join(told)}"

    def _said(self, name: str) -> str:
        number = number_in(self.numbers[name])
        return str(self.numbers[name]) if number is None else written(number, self.units.get(name, ""))


@dataclass(frozen=True)
class Own:
    """An exercise with numbers of the learner's own.

    *name*: the exercise's. *draws*: for each number its possible values, one of which is drawn from the
    learner's name. *exercise*: what makes, of the numbers by name, the exercise that judges. *units*: theirs.
    """

    name: str
    draws: Mapping[str, Sequence[Any]]
    exercise: Callable[..., Any]
    units: Mapping[str, str]

    def given(self, learner: str) -> Given:
        """What this learner gets."""
        values = {
            number: choices[_draw(learner, self.name, number, len(choices))]
            for number, choices in self.draws.items()
        }
        return Given(learner, self.name, values, self.units)

    def judge(self, answer: Any) -> Verdict:
        """Whether *answer* is right for the current learner's numbers."""
        verdict: Verdict = self.exercise(**self.given(current_learner()).numbers).judge(answer)
        return verdict


def learner(name: str = ANYONE) -> None:
    """Say who is learning, so that :func:`given` and :func:`check` take that name's numbers. Prints one line.

    Capitals and spaces at the ends make no difference. Anything but a name leaves "anyone".
    """
    tidy = tidied(name)
    _named[0] = tidy or ANYONE
    hint = "" if tidy else " (a name is text, such as 'Ada')"
    print(f"Your numbers are those of {_named[0]}{hint}.")


def given(exercise: str) -> Given:
    """The numbers that *exercise* sets the current learner. Raises KeyError for one that sets none."""
    from chansim.course.lessons import EXERCISES

    found = EXERCISES.get(exercise)
    if not isinstance(found, Own):
        own = [name for name, each in EXERCISES.items() if isinstance(each, Own)]
        raise KeyError(f"no numbers are set by {exercise!r}; they are by {', '.join(own) or 'none'}")
    return found.given(current_learner())


def current_learner() -> str:
    """Whose numbers hold now."""
    return _named[0]


@contextmanager
def known_as(name: str) -> Iterator[None]:
    """Within it, the learner is *name*: for whoever judges the answers of many."""
    before, _named[0] = _named[0], tidied(name) or ANYONE
    try:
        yield
    finally:
        _named[0] = before


def tidied(name: object) -> str:
    """A name as it is used: lower case, single spaces, at most 100 characters; "" for what is none."""
    if not isinstance(name, str):
        return ""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())[:100]


def _draw(learner: str, exercise: str, number: str, choices: int) -> int:
    """Which of so many *choices*: as good as even, and independent by exercise and number."""
    text = "\0".join((tidied(learner), exercise, number)).encode()
    digest = hashlib.blake2b(text, key=_SALT, digest_size=16).digest()
    return int.from_bytes(digest, "big") % choices
