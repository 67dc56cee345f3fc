"""Two worlds: is what was really executed the story that the simulation told?

The verdict has no measured digits in it, since they are never twice the same.
"""

from __future__ import annotations

from math import fsum
from statistics import median

from chansim.course.verdict import Verdict
from chansim.measures import requests
from chansim.run import Run

WITHIN = 0.25
"""How far apart the two may be: a share of the mean response time. Reality waits more than a model."""


def same_story(simulated: Run, executed: Run) -> Verdict:
    """Whether the typical request took the same time in both runs, to within a quarter of the mean.

    Runs of one scenario and one seed have the same requests, so each is held against itself. A computer that
    is busy with other things keeps bad time; then the verdict says so.
    """
    here, there = _times(simulated), _times(executed)
    both = sorted(here.keys() & there.keys())
    if simulated.scenario != executed.scenario or simulated.seed != executed.seed:
        return Verdict(False, "two scenarios, or two seeds: these runs cannot be held together.")
    if not both:
        return Verdict(False, "no request was answered in both runs: let them run for longer.")
    mean = fsum(here[each] for each in both) / len(both)
    typical = median(abs(there[each] - here[each]) for each in both)
    if typical <= WITHIN * mean:
        return Verdict(True, f"request by request, both worlds agree to within {WITHIN:.0%} of the mean.")
    return Verdict(
        False, "the two worlds differ. Is this computer busy with other things? Run the cell again."
    )


def _times(run: Run) -> dict[int, float]:
    """By request, how long its first answer took."""
    clients = [each.name for each in run.scenario if each.role == "client"]
    asked = requests(run.trace, clients)
    return {each.number: each.answered - each.opened for each in asked if each.answered is not None}
