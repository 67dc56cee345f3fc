"""Lecture: the talk as a widget, whose scenes are made in Python when they are asked for.

What may live here: how the browser asks, and what it is told. Which steps there are and what they show is the business
of :mod:`chansim.lecture`, how that looks of ``static/lecture.js`` and ``static/lecture.css``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from chansim.lecture.page import lecture_code, lecture_style, page_of
from chansim.lecture.talk import Talk, key


class Lecture(anywidget.AnyWidget):
    """The widget that :func:`chansim.lecture.lecture` makes; :meth:`save` writes it as a file of its own."""

    _esm = lecture_code()
    _css = lecture_style()

    talk = traitlets.Dict().tag(sync=True)
    scenes = traitlets.Dict().tag(sync=True)
    reveals = traitlets.Dict().tag(sync=True)
    made = traitlets.Dict().tag(sync=True)
    """What was asked for last: {"key": ..., "scene": ...}, {"step": ..., "reveal": ...}, or {"problem": ...}."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        super().__init__(talk=talk.outline())
        self.on_msg(self._asked)

    def _asked(self, _: object, message: Any, __: object) -> None:
        """The browser wants a scene or a reveal. Any error is said there: nobody reads the kernel's log."""
        try:
            if "scene" in message:
                number, positions = message["scene"]
                self.made = {"key": key(number, positions), "scene": self._talk.scene_told(number, positions)}
            elif "reveal" in message:
                self.made = {"step": message["reveal"], "reveal": self._talk.reveal(message["reveal"])}
        except Exception as error:
            self.made = {"problem": str(error) or repr(error), "asked": str(message)}

    def save(self, path: str | Path, *, progress: bool = False) -> Path:
        """Write the lecture, with every scene, to one HTML file that needs no kernel and no network. Returns the path.

        It makes all scenes, which takes a minute or two; *progress* shows a bar. Raises ValueError for a name
        that does not end in .html.
        """
        if not progress:
            return page_of(self._talk, path)
        from tqdm.auto import tqdm

        with tqdm(desc="making the scenes", total=len(list(self._talk.all_scenes())), unit=" scenes") as bar:
            return page_of(self._talk, path, bar.update)

    def __repr__(self) -> str:
        steps = "\n".join(f"{number}. {each.title}" for number, each in enumerate(self._talk.script, 1))
        return f"A lecture; run this cell to use it.\n{steps}"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; where it cannot be shown, the titles of its steps."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/plain": repr(self)}, metadata
