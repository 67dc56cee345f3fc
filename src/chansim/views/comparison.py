"""Comparison: several runs on the same axes, and what the difference is to each request.

What may live here: putting the two charts together, and their words. matplotlib is loaded when they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chansim.figure import Figure
from chansim.palette import QUIET
from chansim.selection import Selection
from chansim.views.answered import answers, names_of
from chansim.views.chart import sheet
from chansim.views.checked import checked
from chansim.views.chosen import chosen
from chansim.views.difference import draw_difference, paired, tell_difference
from chansim.views.ecdf import draw_ecdf, ecdf

if TYPE_CHECKING:
    from chansim.run import Run


@checked
def comparison(
    *runs: Run,
    labels: Sequence[str] | None = None,
    selection: Selection | None = None,
    theme: str = "light",
) -> Figure:
    """The latencies of *runs* on one scale; of two with the same workload, below it, request by request.

    Of more than two, or where the requests were not the same, it is :func:`chansim.views.ecdf` alone, whose words
    then say why. *theme*: "light" or "dark". Raises ValueError when *labels* are not as many as *runs*.
    """
    names = names_of("comparison", runs, labels)
    above = ecdf(*runs, labels=names, selection=selection)
    if len(runs) != 2:
        return above.themed(theme)
    pairs = paired(*runs)
    if pairs.unlike or not pairs.both:
        why = "The two had not the same requests." if pairs.unlike else "No request was answered in both."
        return Figure(above.svg, f"{above.words} {why}", above._chart).themed(theme)
    ordered = sorted((b - a, number) for number, a, b in pairs.both)
    values = [value for value, _ in ordered]
    picked = chosen(runs[0], selection)
    found = [
        (name, sorted(each.seconds for each in answers(run))) for name, run in zip(names, runs, strict=True)
    ]
    mine = sorted(each.seconds for each in answers(runs[0]) if each.request in picked.requests)
    places = [place for place, (_, number) in enumerate(ordered) if number in picked.requests]
    with sheet(9.0, (1.3, 1)) as (chart, (upper, lower)):
        draw_ecdf(upper, found, mine=mine)
        draw_difference(lower, names[0], names[1], values, places)
        upper.set_title("How long the answers took", fontsize=11, loc="left", color=QUIET)
    words = f"{above.words} Request by request: {tell_difference(names[0], names[1], values, pairs)}"
    return Figure.from_matplotlib(chart, words, "Side by side").themed(theme)
