"""Step: what one step of a lecture consists of.

What may live here: the frozen descriptions, and what is wrong with one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chansim.figure import Figure
from chansim.quantities import plain
from chansim.run import Run

MOST_KNOBS = 3
LETTERS = "abcd"


@dataclass(frozen=True)
class Knob:
    """Something to turn, which has a few *positions*; *words* are what is shown for each, *name* what code calls it."""

    name: str
    label: str
    positions: tuple[Any, ...]
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.words:
            object.__setattr__(self, "words", tuple(map(_word, self.positions)))
        if len(self.words) != len(self.positions):
            raise ValueError(
                f"knob {self.name!r}: {len(self.words)} words for {len(self.positions)} positions"
            )


def _word(position: Any) -> str:
    return position if isinstance(position, str) else plain(position)


@dataclass(frozen=True)
class Scene:
    """What is seen where the knobs stand so: *figures*, and the *run* that can be played, from *since* (seconds) on.

    *numbers* are what was measured: the question is answered, and the line said, from these alone. *told* is a
    sentence with them.
    """

    figures: tuple[Figure, ...]
    run: Run
    numbers: Mapping[str, float]
    told: str
    since: float = 0.0


@dataclass(frozen=True)
class Step:
    """A question to the room, and the change that answers it.

    *before* and *after*: where the knobs stand when it is asked and when it is revealed, by their names; *beside*: the
    B-side, something to compare with. *scene* makes what is seen, called with a value for each knob. *answer* says from
    the scenes before and after which of the four *options* was right. *line*: what to say then, with numbers of those
    scenes, as in ``"{after[mean_ms]:.0f} ms"``.
    """

    minutes: tuple[int, int]
    title: str
    question: str
    options: tuple[str, str, str, str]
    knobs: tuple[Knob, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    scene: Callable[..., Scene]
    answer: Callable[[Scene, Scene], int]
    line: str
    beside: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.knobs) > MOST_KNOBS:
            raise ValueError(f"{self.title}: {len(self.knobs)} knobs; a lecture has room for {MOST_KNOBS}")
        if len(self.options) != len(LETTERS):
            raise ValueError(f"{self.title}: {len(self.options)} options; there are to be {len(LETTERS)}")
        names = {knob.name: knob for knob in self.knobs}
        for values in (self.before, self.after, self.beside or self.before):
            for name, knob in names.items():
                if name not in values or values[name] not in knob.positions:
                    raise ValueError(
                        f"{self.title}: {name}={values.get(name)!r}: it must be one of "
                        f"{', '.join(map(repr, knob.positions))}"
                    )


@dataclass(frozen=True)
class Picture:
    """A slide whose picture is not in the talk's text: a place for one of your own."""

    slide: int
    title: str
