"""Summary: the numbers of a run on one small table, and several runs side by side.

What may live here: which measures make the summary, and how they are written, as text and as HTML. The
measures themselves live in :mod:`chansim.measures`.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chansim.measures.latency import asked_and_answered, counts, mean, percentile
from chansim.measures.losses import losses
from chansim.measures.throughput import per_second
from chansim.measures.utilisation import utilisation

if TYPE_CHECKING:
    from chansim.run import Run

WIDTH = 80  #: a table of text is no wider
_LABEL = 20  #: and no heading of a column


class Summary(Mapping[str, Any]):
    """A run in numbers, in this order: seconds and fractions, counts of requests and messages.

    ==============  =====================================================================
    requests        opened by clients
    served          of these, answered as asked
    failed          of these, by cause: a dict
    waiting         of these, not answered when the run ended
    lost            messages, by cause: a dict
    deliveries      answers that arrived: a frame that reached N members has N
    mean            latency of a delivery, seconds; NaN where there was none
    p50, p95, p99   its percentiles, likewise
    throughput      requests served per second; NaN where none was opened
    utilisation     share of the time that workers, or else servers, were busy; NaN for none
    seconds         that the run lasted
    ==============  =====================================================================
    """

    def __init__(self, values: Mapping[str, Any], title: str = "") -> None:
        self._values = dict(values)
        self._title = title

    def __getitem__(self, key: str) -> Any:
        if key not in self._values:
            raise KeyError(f"a summary has no {key!r}; it has {', '.join(self._values)}")
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return _text([self], [])

    def _repr_html_(self) -> str:
        return _html([self], [], self._title)


class Comparison:
    """Summaries side by side, one a column."""

    def __init__(self, summaries: Sequence[Summary], labels: Sequence[str]) -> None:
        self._summaries = list(summaries)
        self._labels = list(labels)

    def __repr__(self) -> str:
        return _text(self._summaries, self._labels)

    def _repr_html_(self) -> str:
        return _html(self._summaries, self._labels, "Side by side")


def summary(run: Run) -> Summary:
    """The summary of a run, of its whole length."""
    trace, components = run.trace, run.scenario.components
    clients = [each.name for each in components if each.role == "client"]
    asked, times = asked_and_answered(trace, clients)
    times.sort()
    counted = counts(asked)
    values = {
        "requests": counted.requests,
        "served": counted.served,
        "failed": counted.failed,
        "waiting": counted.waiting,
        "lost": losses(trace),
        "deliveries": len(times),
        "mean": mean(times),
        "p50": percentile(times, 0.50),
        "p95": percentile(times, 0.95),
        "p99": percentile(times, 0.99),
        "throughput": per_second(trace, asked),
        "utilisation": utilisation(trace, _lanes(components)),
        "seconds": trace.end,
    }
    return Summary(values, run.scenario.title)


def side_by_side(*summaries: Summary, labels: Sequence[str] = ()) -> Comparison:
    """A table with a column for each summary, headed by its label, or by its number where none are given.

    Raises ValueError where there are labels, and not one for each.
    """
    labels = list(labels) or [str(number) for number in range(1, len(summaries) + 1)]
    if len(labels) != len(summaries):
        raise ValueError(f"{len(summaries)} summaries have {len(labels)} labels: {', '.join(labels)}")
    return Comparison(summaries, labels)


def _lanes(components: Iterable[Any]) -> list[str]:
    for role in ("worker", "server"):
        lanes = [lane for each in components if each.role == role for lane in each.lanes()]
        if lanes:
            return lanes
    return []


# How the numbers are written.


def figures(value: float) -> str:
    """*value* to three significant digits, without an exponent; "–" for NaN. The digits do not differ between
    machines, as the last of sixteen may."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else str(value)
    rounded = f"{value:.2e}"
    return f"{float(rounded):.{max(0, 2 - int(rounded.partition('e')[2]))}f}" if value else "0"


def _milliseconds(value: float) -> str:
    return figures(value * 1000)


def _percent(value: float) -> str:
    return figures(value * 100)


_WRITTEN: dict[str, tuple[Callable[[Any], str], str]] = {
    "mean": (_milliseconds, "ms"),
    "p50": (_milliseconds, "ms"),
    "p95": (_milliseconds, "ms"),
    "p99": (_milliseconds, "ms"),
    "throughput": (figures, "/s"),
    "utilisation": (_percent, "%"),
    "seconds": (lambda value: f"{value:.6g}", "s"),
}
"""How a value is written, and its unit. The others are counts."""


def _lines(summaries: Sequence[Summary]) -> Iterator[tuple[str, list[str], str]]:
    """Label, one text a summary, and unit. Causes follow their sum, indented."""
    for key in summaries[0] if summaries else ():
        values = [each[key] for each in summaries]
        if isinstance(values[0], Mapping):
            yield key, [str(sum(causes.values())) for causes in values], ""
            for cause in sorted({cause for causes in values for cause in causes}):
                yield "  " + cause, [str(causes.get(cause, 0)) for causes in values], ""
        else:
            write, unit = _WRITTEN.get(key, (str, ""))
            yield key, [write(value) for value in values], unit


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _text(summaries: Sequence[Summary], labels: Sequence[str]) -> str:
    """The table as text. More columns than fit are set below one another."""
    lines = list(_lines(summaries))
    margin = max((len(label) for label, _, _ in lines), default=0)
    heads = [_shortened(label, _LABEL) for label in labels]
    columns = [[texts[place] for _, texts, _ in lines] for place in range(len(summaries))]
    widths = [max(map(len, (*column, *heads[place : place + 1]))) for place, column in enumerate(columns)]
    out: list[str] = []
    room = WIDTH - margin - len(" /s")
    first = 0
    while first < len(columns):
        last = first + 1
        while last < len(columns) and sum(2 + width for width in widths[first : last + 1]) <= room:
            last += 1
        table = [("", heads, "")] if heads else []
        for label, texts, unit in table + lines:
            cells = (f"  {texts[place]:>{widths[place]}}" for place in range(first, last))
            out.append(f"{label:<{margin}}{''.join(cells)} {unit}".rstrip())
        first = last
        if first < len(columns):
            out.append("")
    return "\n".join(out)


def _html(summaries: Sequence[Summary], labels: Sequence[str], title: str) -> str:
    """The table as HTML that a screen reader can walk: a caption, and a heading to each row and column."""
    head = ""
    if labels:
        cells = "".join(f'<th scope="col">{html.escape(label)}</th>' for label in labels)
        head = f'<thead><tr><th scope="col">measure</th>{cells}<th scope="col">unit</th></tr></thead>'
    body = []
    for label, texts, unit in _lines(summaries):
        name = html.escape(label.strip())
        name = f"of these, {name}" if label.startswith(" ") else name
        cells = "".join(f'<td style="text-align: right">{html.escape(text)}</td>' for text in texts)
        body.append(f'<tr><th scope="row" style="text-align: left">{name}</th>{cells}<td>{unit}</td></tr>')
    caption = html.escape(title or "Summary of a run")
    return f"<table><caption>{caption}</caption>{head}<tbody>{''.join(body)}</tbody></table>"
