"""Compare: several deployments under the same load, side by side.

What may live here: running what is not yet run, with one seed for all, and naming the columns. The numbers
are :mod:`chansim.summary`'s, the picture is :mod:`chansim.views.comparison`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from chansim.engine import simulate
from chansim.run import Run
from chansim.scenario import Scenario
from chansim.summary import Comparison as Table
from chansim.summary import Summary, side_by_side

if TYPE_CHECKING:
    from chansim.figure import Figure
    from chansim.selection import Selection

WIDTH = 20
"""Letters of a label that the table shows: labels differ within these."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """*runs*, and a label for each. ``print`` it, let a notebook show it, or ask for its :meth:`figure`."""

    runs: tuple[Run, ...]
    labels: tuple[str, ...]

    @cached_property
    def summaries(self) -> tuple[Summary, ...]:
        """The numbers of each run; see :class:`chansim.summary.Summary`."""
        return tuple(run.summary() for run in self.runs)

    def figure(self, *, selection: Selection | None = None, theme: str = "light") -> Figure:
        """How the latencies of each run are spread, on the same scale; of two, the difference to each request too."""
        from chansim.views.comparison import comparison

        return comparison(*self.runs, labels=self.labels, selection=selection, theme=theme)

    @property
    def _table(self) -> Table:
        return side_by_side(*self.summaries, labels=self.labels)

    def __str__(self) -> str:
        return str(self._table)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._table._repr_html_()}


def compare(
    *subjects: Scenario | Run,
    seed: int = 1,
    seconds: float | None = None,
    labels: Sequence[str] | None = None,
) -> Comparison:
    """Lay *subjects* side by side: each a Scenario, which is simulated here, or a Run, taken as it is.

    All scenarios get the same *seed*, and so, where their clients have the same name, the same clients with
    the same service times; and the same *seconds*, unless None: then each lasts as long as it says itself.
    *labels*, one for each, are the titles unless given; equal ones are numbered.

    Raises TypeError for a subject that is neither, and ValueError where there is nothing to compare, the
    labels are not as many, or a scenario cannot be run. Nothing is simulated before all subjects are checked.
    """
    if not subjects:
        raise ValueError("compare: there is nothing to compare; give scenarios or runs: compare(one, other)")
    for place, subject in enumerate(subjects):
        _check_subject(place, subject)
    names = [_title(each) for each in subjects] if labels is None else _checked(labels, len(subjects))
    runs = (each if isinstance(each, Run) else simulate(each, seed, seconds) for each in subjects)
    return Comparison(tuple(runs), _distinct(names))


def _check_subject(place: int, subject: object) -> None:
    if not isinstance(subject, Scenario | Run):
        hint = "; give them one by one: compare(one, other)" if isinstance(subject, list | tuple) else ""
        hint = "; a deployment is a function: call it, slide16()" if callable(subject) else hint
        raise TypeError(f"compare: subjects[{place}]={subject!r}: it must be a Scenario or a Run{hint}")


def _title(subject: Scenario | Run) -> str:
    return subject.scenario.title if isinstance(subject, Run) else subject.title


def _checked(labels: Sequence[str], count: int) -> list[str]:
    if not isinstance(labels, list | tuple) or not all(isinstance(label, str) for label in labels):
        raise TypeError(f'compare: labels={labels!r}: it must be texts, such as ("3 workers", "4 workers")')
    if len(labels) != count:
        raise ValueError(
            f"compare: labels={labels!r}: they are {len(labels)}; it must be {count}, one for each"
        )
    return list(labels)


def _distinct(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels; those that the table would show alike get a number, from the second on."""
    found: dict[str, str] = {}  # what the table shows -> the label
    for label in labels:
        number, unlike = 1, label
        while unlike[: WIDTH - 1] in found:
            number += 1
            mark = f" ({number})"
            unlike = label[: WIDTH - 1 - len(mark)].rstrip() + mark
        found[unlike[: WIDTH - 1]] = unlike
    return tuple(found.values())
