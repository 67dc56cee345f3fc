"""Draw the gallery again: docs/gallery, a picture of every view on white paper and on dark, with its words.

    python3 tools/dev.py gallery

What may live here: which run each view is shown with, and the page about them. tests/test_gallery.py holds that no
view is missing, and that the drawings are today's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chansim import Run, compare, deployments, simulate, theory, views
from chansim.figure import Figure
from chansim.model.fault import Kill, Pause
from chansim.selection import Selection

PLACE = Path(__file__).resolve().parent.parent / "docs" / "gallery"

LEFT_OUT = {
    "residuals": "it is about an executed run, which is another one each time",
}
"""Views without a picture, and why."""


@dataclass(frozen=True)
class Picture:
    """*view*: the function of :mod:`chansim.views`. *code*: what draws it. *says*: what it is good for."""

    name: str
    view: str
    says: str
    code: str
    draw: Callable[[str], Figure]


@cache
def site() -> Run:
    """Slide 16, at 0.83 of what three workers can do."""
    return simulate(deployments.slide16(rate=50, workers=3), seed=1, seconds=60)


@cache
def wsgi() -> Run:
    """Slide 7 with the same requests."""
    return simulate(deployments.slide07(rate=50, workers=3), seed=1, seconds=60)


@cache
def broken() -> Run:
    """Slide 16 with too much to do, a small channel, and two faults."""
    scenario = deployments.slide16(rate=65, workers=3, capacity=20)
    faults = (
        Pause(name="pause", target="daphne", at=10, seconds=2),
        Kill(name="kill", target="worker-2", at=20, down=6),
    )
    return simulate(scenario.add(*faults), seed=1, seconds=40)


@cache
def killed() -> Run:
    """Slide 16, one of whose two workers is killed with a message in hand."""
    kill = Kill(name="kill", target="worker-1", at=1.2, down=0.1)
    return simulate(deployments.slide16(rate=20, workers=2).add(kill), seed=1, seconds=4)


@cache
def nobody() -> Run:
    """A Daphne, and nobody at work."""
    return simulate(deployments.daphne_no_workers(), seed=1)


@cache
def isolated() -> Run:
    """Slide 30, three machines that know nothing of one another."""
    return simulate(deployments.slide30_isolated(machines=3, members=18, rate=0.3), seed=1, seconds=30)


def lost_request() -> int:
    """The request whose message the kill cost."""
    return next(row.request for row in killed().trace.rows(event="lost", detail="worker killed"))


PICTURES = (
    Picture(
        "topology", "topology",
        "The deployment as the talk draws it. With a run: how busy each part was, and how many messages pass.",
        "topology(run)",
        lambda theme: views.topology(site(), theme=theme),
    ),
    Picture(
        "topology-dead", "topology",
        "What a dead machine or a cut link takes with it, and which parts are single points of failure.",
        'topology(deployments.slide31(), cut=[("Machine 1", "redis")], weak=True)',
        lambda theme: views.topology(
            deployments.slide31(), cut=[("Machine 1", "redis")], weak=True, theme=theme
        ),
    ),
    Picture(
        "space-time", "space_time",
        "One request among its neighbours, as Lamport drew it: time runs down, and what waits is thick.",
        "space_time(run, request=310)",
        lambda theme: views.space_time(site(), request=310, theme=theme),
    ),
    Picture(
        "space-time-lost", "space_time",
        "A worker is killed with a message in hand: ✕, and nobody gets it.",
        "space_time(run, request=25)",
        lambda theme: views.space_time(killed(), request=lost_request(), theme=theme),
    ),
    Picture(
        "space-time-cut", "space_time",
        "No worker: the message expires after 60 s, and the client is told after 120 s. Empty time is cut out.",
        "space_time(run, request=1, around=0)",
        lambda theme: views.space_time(nobody(), request=1, around=0, theme=theme),
    ),
    Picture(
        "waterfall", "waterfall",
        "Where the time of a request went, at the median and at p99, on one scale. Waiting is hatched.",
        "waterfall(run)",
        lambda theme: views.waterfall(site(), theme=theme),
    ),
    Picture(
        "gantt", "gantt",
        "Who worked when. Here with a worker's kill as a band, and one request selected.",
        "gantt(run, 19.5, 1.2, selection=Selection(request=1245))",
        lambda theme: views.gantt(broken(), 19.5, 1.2, selection=Selection(request=1245), theme=theme),
    ),
    Picture(
        "channel-heatmap", "channel_heatmap",
        "How full each channel was, moment by moment; the line under it says full. ✕ lost, ▲ clients told so.",
        "channel_heatmap(run)",
        lambda theme: views.channel_heatmap(broken(), theme=theme),
    ),
    Picture(
        "channel-age", "channel_heatmap",
        "The same run: how old the oldest message of each channel was.",
        'channel_heatmap(run, "age")',
        lambda theme: views.channel_heatmap(broken(), "age", theme=theme),
    ),
    Picture(
        "delivery-matrix", "delivery_matrix",
        "Who heard whom. Layers that know nothing of one another are blocks.",
        "delivery_matrix(run)",
        lambda theme: views.delivery_matrix(isolated(), theme=theme),
    ),
    Picture(
        "moment", "moment",
        "One moment of the flow of messages: a still of the player.",
        "moment(run, 20.1)",
        lambda theme: views.moment(broken(), 20.1, theme=theme),
    ),
    Picture(
        "ecdf", "ecdf",
        "Every latency, with the rules at p50, p95 and p99, and the theory as a thin line.",
        "ecdf(run, theory=theory.MMc(50, 0.05, 3))",
        lambda theme: views.ecdf(site(), theory=theory.MMc(50, 0.05, 3), theme=theme),
    ),
    Picture(
        "tail", "tail",
        "How rare the long ones are. Both axes are logarithmic.",
        "tail(run, theory=theory.MMc(50, 0.05, 3))",
        lambda theme: views.tail(site(), theory=theory.MMc(50, 0.05, 3), theme=theme),
    ),
    Picture(
        "latency-over-time", "latency_over_time",
        "Each answer where its request was sent: a stall, and how long the way out of it takes.",
        "latency_over_time(run)",
        lambda theme: views.latency_over_time(broken(), theme=theme),
    ),
    Picture(
        "hockey-stick", "hockey_stick",
        "The mean response time against how busy the servers are, by theory; a run is a dot with its 95 % interval.",
        "hockey_stick(run)",
        lambda theme: views.hockey_stick(wsgi(), theme=theme),
    ),
    Picture(
        "difference", "difference",
        "Two deployments with the same requests: how much longer each one took.",
        "difference(wsgi, channels)",
        lambda theme: views.difference(wsgi(), site(), labels=["WSGI", "Channels"], theme=theme),
    ),
    Picture(
        "comparison", "comparison",
        "`compare(...)` in one line: both on the same axes, and request by request.",
        "compare(deployments.slide07(rate=50), deployments.slide16(rate=50)).figure()",
        lambda theme: compare(wsgi(), site(), labels=["WSGI", "Channels"]).figure(theme=theme),
    ),
)  # fmt: skip


def file_of(picture: Picture, theme: str) -> str:
    """The name of a picture's file."""
    return f"{picture.name}{'' if theme == 'light' else '-dark'}.svg"


def page(words: dict[str, str]) -> str:
    """The page about the pictures; *words* by their names."""
    parts = [
        "# The gallery",
        "Every view of `chansim.views`, on white paper and on dark. Each is a function of a run and gives a `Figure`:\n"
        "a picture, and the words that say what is in it, with the numbers, which is what a screen reader says.\n"
        '`selection=Selection(request=7)` marks the same thing in all of them, `theme="dark"` is for dark pages, and\n'
        "`figure.save(path)` writes SVG or PNG. `python3 tools/dev.py gallery` draws this page again.",
    ]
    for picture in PICTURES:
        light, dark = file_of(picture, "light"), file_of(picture, "dark")
        parts += [
            f"## {picture.name}",
            picture.says,
            f"```python\n{picture.code}\n```",
            f'<picture>\n<source media="(prefers-color-scheme: dark)" srcset="{dark}">\n'
            f'<img src="{light}" alt="{_escaped(picture.says)}" width="740">\n</picture>',
            f"<details><summary>In words</summary>\n\n{_escaped(words[picture.name])}\n\n</details>",
        ]
    left_out = "; ".join(f"`{name}`, for {why}" for name, why in LEFT_OUT.items())
    parts += [f"Not here: {left_out}."]
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    """*text* in Markdown and in HTML, with every mark as itself."""
    return "".join(f"&#{ord(letter)};" if letter in '&<>"*_`' else letter for letter in text)


def main() -> None:
    """Write all of it; what is no longer drawn is taken away."""
    PLACE.mkdir(exist_ok=True)
    for old in PLACE.glob("*.svg"):
        old.unlink()
    words = {}
    for picture in PICTURES:
        for theme in ("light", "dark"):
            figure = picture.draw(theme)
            (PLACE / file_of(picture, theme)).write_text(figure.svg + "\n", encoding="utf-8", newline="\n")
        words[picture.name] = figure.words
    (PLACE / "README.md").write_text(page(words), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
