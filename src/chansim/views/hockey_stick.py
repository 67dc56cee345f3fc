"""Hockey stick: the response time against how busy the servers are, by theory, with runs as dots.

What may live here: the curves of the closed form, where a run's dot and its confidence interval lie, and how
both are drawn and said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chansim.figure import Figure
from chansim.measures.confidence import Interval, batch_means
from chansim.measures.latency import latencies, mean
from chansim.measures.utilisation import utilisation
from chansim.palette import GRID, INK, QUIET, ROLES, SELECTED
from chansim.quantities import plain
from chansim.selection import Selection
from chansim.theory import MMc
from chansim.views.answered import answers
from chansim.views.chart import sheet
from chansim.views.checked import checked
from chansim.views.chosen import Chosen, chosen

if TYPE_CHECKING:
    from chansim.run import Run

LINES = (
    (ROLES["server"].strong, "-"),
    (ROLES["interface"].strong, "--"),
    (ROLES["worker"].strong, "-."),
    (INK, ":"),
)
MARKS = "oDs^v"
RHO = [
    *(step / 100 for step in range(1, 80)),
    *(step / 400 for step in range(320, 400)),
]  #: where the curves are drawn
SAID = (0.5, 0.8, 0.9, 0.95)  #: where they are put in words
WARM_UP = 0.1


@dataclass(frozen=True)
class Dot:
    """A run on the chart: how *busy* its *servers* were (0 to 1), and its mean response *time*."""

    servers: int
    busy: float
    time: Interval


@checked
def hockey_stick(
    *runs: Run,
    service: float = 0.05,
    servers: Sequence[int] = (1, 4, 16),
    guess: float | None = None,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """W against ρ for M/M/c, c in *servers*, with mean *service* seconds; each of *runs* is a dot on it.

    The dot is measured: the share of the time that the run's workers were busy, and the mean response time
    with its 95 % confidence interval, after a tenth of the run as warm-up; the curve for as many servers as
    it has is drawn too. *guess*: a response time in
    seconds, drawn as a line. What is selected in the first run is a circle: the mean response time of its
    answers. *theme*: "light" or "dark". Raises ValueError where *servers* are not whole numbers of 1 or more.
    """
    dots = [_dot(run) for run in runs]
    servers = sorted({*servers, *(dot.servers for dot in dots if dot.servers)})
    curves = {c: [MMc(rho * c / service, service, c).mean_sojourn for rho in RHO] for c in servers}
    picked = chosen(runs[0], selection) if runs else Chosen(Selection())
    mine = [each.seconds for run in runs[:1] for each in answers(run) if each.request in picked.requests]
    chart = _draw(curves, dots, service, guess, mean(mine) if mine else None)
    words = _words(servers, dots, service, guess) + picked.words
    words += f" Its answers took {_ms(mean(mine))} on average." if mine else ""
    return Figure.from_matplotlib(chart, words, "Response time against utilisation").themed(theme)


def _dot(run: Run) -> Dot:
    components = run.scenario.components
    clients = [each.name for each in components if each.role == "client"]
    lanes: list[str] = []
    for role in ("worker", "server"):
        lanes = lanes or [lane for each in components if each.role == role for lane in each.lanes()]
    since = WARM_UP * run.trace.end
    time = batch_means(latencies(run.trace, clients, since))
    return Dot(len(lanes), utilisation(run.trace, lanes, since), time)


def _draw(
    curves: dict[int, list[float]],
    dots: Sequence[Dot],
    service: float,
    guess: float | None,
    mine: float | None,
) -> Any:
    highest = max([10 * service, *(1.1 * dot.time.high for dot in dots if math.isfinite(dot.time.high))])
    if guess is not None:
        highest = max(highest, min(1.15 * guess, 40 * service))
    if mine is not None:
        highest = max(highest, 1.1 * mine)
    with sheet() as (chart, axes):
        for place, (c, times) in enumerate(curves.items()):
            colour, dashes = LINES[place % len(LINES)]
            under = [(rho, 1000 * time) for rho, time in zip(RHO, times, strict=True) if time <= highest]
            label = f"theory, c = {c}"
            axes.plot(*zip(*under, strict=True), linestyle=dashes, color=colour, linewidth=1.8, label=label)
        for place, dot in enumerate(dots):
            mark = MARKS[place % len(MARKS)]
            label = f"run {place + 1}, c = {dot.servers}" if len(dots) > 1 else f"your run, c = {dot.servers}"
            width = 0.0 if math.isnan(dot.time.half_width) else 1000 * dot.time.half_width
            axes.errorbar(
                [dot.busy], [1000 * dot.time.mean], yerr=[width], fmt=mark, label=label,
                color=INK, markerfacecolor=ROLES["lost"].strong, markersize=8, capsize=4,
            )  # fmt: skip
        if guess is not None:
            axes.axhline(1000 * guess, color=QUIET, linestyle=(0, (1, 2)), label="your prediction")
        if mine is not None:
            axes.plot(
                [dots[0].busy], [1000 * mine], "o", ms=13, mfc="none", mec=SELECTED, mew=3, label="selected"
            )
        axes.set(xlim=(0, 1), ylim=(0, 1000 * highest), xlabel="ρ: share of the time the workers are busy")
        axes.set_ylabel("W: mean response time, ms")
        axes.grid(color=GRID)
        axes.legend(loc="upper left", frameon=False)
    return chart


def _words(servers: Sequence[int], dots: Sequence[Dot], service: float, guess: float | None) -> str:
    words = [f"Mean response time against utilisation, service {plain(1000 * service)} ms"]
    for c in servers:
        times = (MMc(rho * c / service, service, c).mean_sojourn for rho in SAID)
        said = ", ".join(f"{_ms(time)} at ρ {plain(rho)}" for rho, time in zip(SAID, times, strict=True))
        words.append(f"Theory, c = {c}: {said}")
    for place, dot in enumerate(dots, start=1):
        give = f" ± {_ms(dot.time.half_width)}" if math.isfinite(dot.time.half_width) else ""
        name = f"Run {place}" if len(dots) > 1 else "Your run"
        words.append(f"{name}, c = {dot.servers}: ρ {dot.busy:.2f}, W {_ms(dot.time.mean)}{give}")
    if guess is not None:
        words.append(f"Your prediction: {_ms(guess)}")
    return ". ".join(words) + "."


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if math.isfinite(seconds) else "no data"
