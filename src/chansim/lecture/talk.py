"""Talk: a script and what comes of it, as the browser is told.

What may live here: which scenes there are, each made once, and their JSON. How they look is the business of
``widgets/static/lecture.js``.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from chansim.lecture.step import Picture, Scene, Step
from chansim.views.stage import Stage
from chansim.widgets.embedded import alone, with_variables

PLAYED = 1500  #: rows of a run that a lecture can play
LARGEST = 5_000_000  #: bytes of a picture
KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
         ".webp": "image/webp", ".svg": "image/svg+xml"}  # fmt: skip
"""Pictures that a browser shows, by the end of the file's name."""

Positions = tuple[int, ...]


class Talk:
    """A *script* of steps, and *pictures* for the slides that have none. Raises ValueError for what is wrong."""

    def __init__(
        self, script: Sequence[Step | Picture], pictures: Mapping[int, str | Path] | None = None
    ) -> None:
        self.script = tuple(script)
        if not self.script:
            raise ValueError("lecture: the script has no step")
        slides = [each.slide for each in self.script if isinstance(each, Picture)]
        for slide in pictures or {}:
            if slide not in slides:
                raise ValueError(
                    f"lecture: pictures: slide {slide!r} takes no picture; those that do: {slides}"
                )
        self.pictures = {slide: _data_url(slide, Path(path)) for slide, path in (pictures or {}).items()}
        self._scenes: dict[tuple[int, Positions], Scene] = {}

    # -- the steps

    def step(self, number: int) -> Step:
        """The step with that number, from 0. Raises ValueError where there is none, or only a picture."""
        step = self.script[number] if 0 <= number < len(self.script) else None
        if not isinstance(step, Step):
            raise ValueError(f"lecture: step {number!r}: there is no question")
        return step

    def places(self, number: int, values: Mapping[str, Any]) -> Positions:
        """Where the knobs of a step stand for *values*."""
        return tuple(knob.positions.index(values[knob.name]) for knob in self.step(number).knobs)

    def scene(self, number: int, positions: Sequence[int]) -> Scene:
        """What is seen in that step with its knobs there; made at the first asking. Raises ValueError for none."""
        step, at = self.step(number), tuple(positions)
        if len(at) != len(step.knobs) or not all(
            isinstance(place, int) and 0 <= place < len(knob.positions)
            for place, knob in zip(at, step.knobs, strict=True)
        ):
            raise ValueError(f"lecture: step {number}: no such positions of its knobs: {positions!r}")
        if (number, at) not in self._scenes:
            values = {knob.name: knob.positions[place] for knob, place in zip(step.knobs, at, strict=True)}
            self._scenes[number, at] = step.scene(**values)
        return self._scenes[number, at]

    def ends(self, number: int) -> tuple[Scene, Scene]:
        """The scenes before and after."""
        step = self.step(number)
        return self.scene(number, self.places(number, step.before)), self.scene(
            number, self.places(number, step.after)
        )

    def all_scenes(self) -> Iterator[tuple[int, Positions]]:
        """The number of each step, with all positions of its knobs."""
        for number, step in enumerate(self.script):
            if isinstance(step, Step):
                for at in product(*(range(len(knob.positions)) for knob in step.knobs)):
                    yield number, at

    # -- for the browser

    def outline(self) -> dict[str, Any]:
        """The whole script, without what was measured."""
        return {"steps": [self._step_told(number, each) for number, each in enumerate(self.script)]}

    def _step_told(self, number: int, each: Step | Picture) -> dict[str, Any]:
        if isinstance(each, Picture):
            return {"title": each.title, "slide": each.slide, "picture": self.pictures.get(each.slide, "")}
        places = partial(self.places, number)
        return {
            "title": each.title,
            "minutes": list(each.minutes),
            "question": each.question,
            "options": list(each.options),
            "knobs": [
                {"name": knob.name, "label": knob.label, "words": list(knob.words)} for knob in each.knobs
            ],
            "before": places(each.before),
            "after": places(each.after),
            "beside": places(each.beside) if each.beside else None,
        }

    def scene_told(self, number: int, positions: Sequence[int], played: bool = True) -> dict[str, Any]:
        """A scene, and what a player of its run needs, unless it is not to be *played*."""
        scene = self.scene(number, positions)
        trace = scene.run.trace
        return {
            "figures": [with_variables(figure.svg) for figure in scene.figures],
            "told": scene.told,
            "player": alone(Stage(scene.run.scenario), trace, scene.since, size=PLAYED) if played else None,
        }

    def reveal(self, number: int) -> dict[str, Any]:
        """Which option was right, from 0, and the line to say."""
        step, (before, after) = self.step(number), self.ends(number)
        line = step.line.format(before=before.numbers, after=after.numbers)
        return {"answer": step.answer(before, after), "line": line}


def key(number: int, positions: Sequence[int]) -> str:
    """What a scene is called in the browser: "2:0,1"."""
    return f"{number}:{','.join(map(str, positions))}"


def _data_url(slide: int, path: Path) -> str:
    """The picture in *path* as a URL that holds it."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise ValueError(f"lecture: pictures: {path} for slide {slide}: it must end in {', '.join(KINDS)}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"lecture: pictures: {path} for slide {slide}: {error.strerror}") from None
    if len(data) > LARGEST:
        raise ValueError(f"lecture: pictures: {path} has {len(data):,} bytes; {LARGEST:,} are the most")
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"
