"""Lecture: the talk's own run, eight steps in 25 minutes, for a projector and a room that predicts.

``lecture()`` is a widget for a notebook, ``lecture().save("talk.html")`` one HTML file that needs no kernel and no
network, and ``chansim lecture`` the same from the command line. ``script.py`` has the steps, as data; ``scenes.py``
what is run and shown for each; ``talk.py`` puts them together, and ``page.py`` into a file. All numbers that are
shown or said are measured in the runs that are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chansim.lecture.script import SCRIPT
from chansim.lecture.step import Knob, Picture, Scene, Step
from chansim.lecture.talk import Talk

if TYPE_CHECKING:
    from chansim.widgets.lecture import Lecture

__all__ = ["lecture", "Talk", "Step", "Picture", "Knob", "Scene", "SCRIPT"]


def lecture(
    script: Sequence[Step | Picture] = SCRIPT, *, pictures: Mapping[int, str | Path] | None = None
) -> Lecture:
    """The lecture as a widget. *pictures*: files to show for slides 9 and 11, whose content the talk's text lacks.

    *script*: the steps; your own are Steps like these. Raises ValueError for a picture that is none.
    """
    from chansim.widgets.lecture import Lecture

    if not all(isinstance(each, (Step, Picture)) for each in script):
        raise ValueError(
            f"lecture: script={script!r}: it must be several Steps, such as chansim.lecture.SCRIPT; "
            "one deployment to turn by hand is chansim.widgets.lab"
        )
    return Lecture(Talk(script, pictures))
