"""Overlay: a simulated run and an executed one on top of each other, request by request, with a verdict.

What may live here: which requests of two runs are the same ones, how far apart these are, the bands within
which a model is called good, and whether this computer is quiet enough to say so. The picture is
:mod:`chansim.views.residuals`'s.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import correlation, mean, median
from typing import TYPE_CHECKING, NamedTuple

from chansim.measures.latency import OPENERS, percentile, requests
from chansim.measures.rows import codes, rows
from chansim.run import Run
from chansim.trace import SENT, Trace

if TYPE_CHECKING:
    from chansim.figure import Figure
    from chansim.selection import Selection

WITHIN = 0.25
"""How far off W and p95 may be, as a share of the executed run's, in the median of the windows."""

ALIKE = 0.85
"""The least correlation, request by request."""

WINDOWS = 3
"""Into how many parts of equal length a run is cut. One burst of this computer's other work spoils one of them."""

FEWEST = 30
"""Pairs below which nothing is said: three windows of ten."""

SAME_MOMENT = 0.1
"""Seconds by which the same request may be opened later in one run than in the other, in the median."""

COMPUTES = 0.05
"""The share of computing in the work above which a run is explained, and not judged."""


# -- this computer


@dataclass(frozen=True)
class LoadAverage:
    """How many processes wanted a processor, on average over the last minute, and how many *cores* there are.

    *processes* is None where the operating system does not say.
    """

    processes: float | None
    cores: int

    @property
    def busy(self) -> bool:
        """Whether more than half of the cores were taken: others' work then shows in what is measured."""
        return self.processes is not None and self.processes > self.cores / 2

    def __str__(self) -> str:
        cores = f"{self.cores} core{'s' if self.cores != 1 else ''}"
        if self.processes is None:
            return f"Load average not known on this system, {cores}: a verdict may be about its other work."
        verdict = "too busy for a verdict" if self.busy else "quiet enough for a verdict"
        return f"Load average {self.processes:.2f} on {cores}: {verdict}."

    __repr__ = __str__


def load_average() -> LoadAverage:
    """The load average of the last minute. Look before you execute something that is to be measured."""
    try:
        processes: float | None = os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows
        processes = None
    if sys.platform in ("emscripten", "wasi"):  # there is always one in the browser, and it is made up
        processes = None
    return LoadAverage(processes, os.cpu_count() or 1)


# -- two runs


class Pair(NamedTuple):
    """One request in both runs: when it was *opened* in the executed one, the seconds each took, how much *later*
    the executed one was opened, and the *number* of the executed one; 0 where nobody says."""

    opened: float
    simulated: float
    executed: float
    later: float = 0.0
    number: int = 0

    @property
    def residual(self) -> float:
        """How much longer it really took, in seconds."""
        return self.executed - self.simulated


class Errors(NamedTuple):
    """How far the simulated times are off, as shares of the executed ones: −0.1 is ten per cent too short.

    *mean* and *p95* are medians over the windows, *p99* is of the whole run; *correlation* is request by
    request. NaN for no data.
    """

    mean: float
    p95: float
    p99: float
    correlation: float

    def __str__(self) -> str:
        words = [
            f"{name} {_percent(value)}"
            for name, value in (("W", self.mean), ("p95", self.p95), ("p99", self.p99))
        ]
        alike = "no data" if math.isnan(self.correlation) else f"{self.correlation:.2f}"
        return f"simulated against executed: {', '.join(words)}; correlation {alike}"


@dataclass(frozen=True)
class Verdict:
    """*good*: True or False, or None where there is none. *words*: one sentence, without measured digits."""

    good: bool | None
    words: str

    def __str__(self) -> str:
        return f"{ {True: '✓', False: '→', None: '–'}[self.good] } {self.words}"

    __repr__ = __str__


@dataclass(frozen=True, eq=False)
class Overlay:
    """A *simulated* run upon an *executed* one. A notebook shows :meth:`figure`; ``print`` tells it in words.

    *before* and *after*: the load averages, before the execution where the caller looked, and when the two
    were laid upon each other.
    """

    simulated: Run
    executed: Run
    before: LoadAverage | None
    after: LoadAverage
    pairs: tuple[Pair, ...] = field(repr=False)

    @cached_property
    def errors(self) -> Errors:
        """How far apart the two are."""
        return errors(self.pairs)

    @cached_property
    def verdict(self) -> Verdict:
        """Whether the model holds; none on a busy computer, nor for consumers that compute, nor for a handful."""
        return _verdict(self)

    def figure(self, *, selection: Selection | None = None, theme: str = "light") -> Figure:
        """ECDFs, where the time went, and what is left over of each request, in one picture.

        *selection*: what is marked, of the executed run. *theme*: "light" or "dark".
        """
        from chansim.views.residuals import residuals

        return residuals(
            self.simulated, self.executed, self.pairs, str(self), selection=selection, theme=theme
        )

    @property
    def loads(self) -> tuple[LoadAverage, ...]:
        """The load averages that are known, in order."""
        return tuple(each for each in (self.before, self.after) if each is not None)

    def __str__(self) -> str:
        lines = [f"{len(self.pairs)} requests in both runs; {self.errors}."]
        if self.before is not None:
            lines.append(f"Before: {self.before}")
        lines += [f"Afterwards: {self.after}", str(self.verdict)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        picture = self.figure()
        return {"image/svg+xml": picture.svg, "text/plain": f"{self}\n{picture.words}"}


def overlay(simulated: Run, executed: Run, *, before: LoadAverage | None = None) -> Overlay:
    """Lay *simulated* upon *executed*: two runs of one seed, or a :func:`chansim.replay` and what it replays.

    *before*: what :func:`load_average` said before the execution. Raises TypeError for what are no runs, and
    ValueError where their worlds are not one of each.
    """
    for name, run, world in (("simulated", simulated, "simulated"), ("executed", executed, "executed")):
        if not isinstance(run, Run):
            raise TypeError(
                f"overlay: {name}=a {type(run).__name__}: it must be a Run; overlay(simulate(s), execute(s))"
            )
        if run.world != world:
            raise ValueError(f"overlay: {name}: that run was {run.world}; overlay(simulate(s), execute(s))")
    return Overlay(simulated, executed, before, load_average(), tuple(_pairs(simulated, executed)))


def errors(pairs: Sequence[Pair]) -> Errors:
    """How far the simulated times of *pairs* are off. NaN for no pairs."""
    windows = [part for part in _windows(pairs) if part]
    if len(pairs) < 2:
        return Errors(math.nan, math.nan, math.nan, math.nan)
    return Errors(
        median(_off(part, mean) for part in windows),
        median(_off(part, lambda times: percentile(times, 0.95)) for part in windows),
        _off(pairs, lambda times: percentile(times, 0.99)),
        _correlation(pairs),
    )


# -- which requests are the same


def _pairs(simulated: Run, executed: Run) -> list[Pair]:
    """The requests that were answered in both, in the order they were opened.

    Numbers may differ between the runs: the same are the n-th that a client opened on a connection.
    """
    here, there = _answered(simulated), _answered(executed)
    pairs = [
        Pair(opened, here[key][1] - here[key][0], answered - opened, opened - here[key][0], number)
        for key, (opened, answered, number) in there.items()
        if key in here
    ]
    return sorted(pairs)


def _answered(run: Run) -> dict[tuple[str, str, int], tuple[float, float, int]]:
    """By client, connection and place: when it was opened, when answered, and its number."""
    clients = [each.name for each in run.scenario if each.role == "client"]
    places: dict[tuple[str, str], int] = {}
    found = {}
    connections = _connections(run.trace, clients)
    for each in requests(run.trace, clients):
        client, connection = connections[each.number]
        place = places[client, connection] = places.get((client, connection), 0) + 1
        if each.answered is not None and each.cause is None:
            found[client, connection, place] = each.opened, each.answered, each.number
    return found


def _connections(trace: Trace, clients: Sequence[str]) -> dict[int, tuple[str, str]]:
    """By request: which client opened it, and on which connection."""
    ours, openers, names = codes(trace, clients), codes(trace, OPENERS), trace.names
    found: dict[int, tuple[str, str]] = {}
    for component, channel, request, detail in rows(
        trace, (SENT,), "component", "channel", "request", "detail"
    ):
        if component in ours and detail in openers:
            found.setdefault(request, (names[component], names[channel]))
    return found


# -- how far apart, and what is said of it


def _windows(pairs: Sequence[Pair]) -> list[list[Pair]]:
    if not pairs:
        return []
    first, last = pairs[0].opened, pairs[-1].opened
    length = (last - first) / WINDOWS or 1.0
    parts: list[list[Pair]] = [[] for _ in range(WINDOWS)]
    for pair in pairs:
        parts[min(int((pair.opened - first) / length), WINDOWS - 1)].append(pair)
    return parts


def _off(pairs: Sequence[Pair], measure: Callable[[list[float]], float]) -> float:
    really = measure([pair.executed for pair in pairs])
    modelled = measure([pair.simulated for pair in pairs])
    return modelled / really - 1 if really else math.nan


def _correlation(pairs: Sequence[Pair]) -> float:
    """Pearson's; NaN where one of the two never varies."""
    one, other = [pair.simulated for pair in pairs], [pair.executed for pair in pairs]
    try:
        return correlation(one, other)
    except ValueError:
        return math.nan


def _verdict(found: Overlay) -> Verdict:
    pairs = found.pairs
    if len(pairs) < FEWEST:
        return Verdict(
            None,
            f"no verdict: it takes {FEWEST} requests that were answered in both runs. Let them run for longer.",
        )
    if median(abs(pair.later) for pair in pairs) > SAME_MOMENT:
        return Verdict(
            None,
            "no verdict: the requests came at other moments. Lay two runs of one seed upon each other, or replay(run).",
        )
    if any(load.busy for load in found.loads):
        return Verdict(
            None,
            "no verdict: this computer is busy with other things, and what was measured may be those. "
            "Look at the figure, and run it again when it is quiet.",
        )
    if _computes(found.executed):
        return Verdict(
            None,
            "no verdict: these consumers compute, and threads of one Python take turns at that. "
            "Explain the difference; do not grade it.",
        )
    wrong = []
    off = found.errors
    if not abs(off.mean) <= WITHIN:
        wrong.append("W")
    if not abs(off.p95) <= WITHIN:
        wrong.append("p95")
    if not off.correlation >= ALIKE:
        wrong.append("the correlation")
    if wrong:
        what = " and ".join([", ".join(wrong[:-1]), wrong[-1]] if len(wrong) > 1 else wrong)
        return Verdict(False, f"the model misses {what}: it is not the system that was executed.")
    return Verdict(
        True,
        f"the model holds: W and p95 within {WITHIN:.0%} in the median of {WINDOWS} windows, "
        f"and a correlation of {ALIKE:g} or more.",
    )


def _computes(run: Run) -> bool:
    """Whether the code of this run computes for a good part of its time, by what it declares."""
    for each in run.scenario:
        if each.provides == "application":
            declared = each.costs  # type: ignore[attr-defined]
            work = declared.cpu.mean + declared.io.mean
            if declared.cpu.mean > COMPUTES * work:
                return True
    return False


def _percent(value: float) -> str:
    return "no data" if math.isnan(value) else f"{100 * value:+.1f} %".replace("-", "−")
