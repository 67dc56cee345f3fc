"""What holds for every view: its colours, its themes, its words, its size, and that no texts meet."""

import inspect
import re
from collections.abc import Callable
from itertools import combinations

import pytest

from chansim import Run, Scenario, deployments, palette, simulate, views
from chansim.figure import Figure
from chansim.measures import requests
from chansim.model.fault import Kill
from chansim.overlay import Pair
from chansim.palette import DARK, ROLES, SERIES, contrast
from chansim.selection import Selection
from chansim.views.chart import LINES
from chansim.views.waterfall import LOOKS
from views import charted, drawn

View = Callable[..., Figure]

DRAWINGS: dict[str, View] = {
    "topology": views.topology,
    "topology, weak": lambda run, **given: views.topology(
        run, weak=True, dead=["worker-1-1"] * has(run), **given
    ),
    "space_time": views.space_time,
    "waterfall": views.waterfall,
    "gantt": views.gantt,
    "gantt, all of it": lambda run, **given: views.gantt(run, 0, run.trace.end, **given),
    "channel_heatmap": views.channel_heatmap,
    "channel_heatmap, age": lambda run, **given: views.channel_heatmap(run, "age", **given),
    "delivery_matrix": views.delivery_matrix,
}
CHARTS: dict[str, View] = {
    "ecdf": views.ecdf,
    "tail": views.tail,
    "latency_over_time": views.latency_over_time,
    "difference": lambda run, **given: views.difference(run, run, **given),
    "comparison": lambda run, **given: views.comparison(run, run, labels=["one", "other"], **given),
    "residuals": lambda run, **given: views.residuals(run, run, pairs_of(run), **given),
    "hockey_stick": views.hockey_stick,
}
EVERY = {**DRAWINGS, **CHARTS, "moment": lambda run, **given: views.moment(run, 1.0, **given)}


def pairs_of(run: Run) -> list[Pair]:
    """Each answered request as one that took as long in another run."""
    clients = [each.name for each in run.scenario if each.role == "client"]
    return [
        Pair(each.opened, each.answered - each.opened, each.answered - each.opened, 0.0, each.number)
        for each in requests(run.trace, clients)
        if each.answered is not None
    ]


def has(run: Run, name: str = "worker-1-1") -> bool:
    return name in [each.name for each in run.scenario.components]


def made(machines: int, workers: int, kind: str) -> Scenario:
    shared = kind == "redis"
    scenario = drawn.machines(
        machines, workers, layer_machine="redis" if shared else "", local=kind == "local"
    )
    if workers:
        scenario = scenario.add(Kill(name="kill", target="worker-1-1", at=0.8, down=0.3))
    return scenario


GRID = [
    (machines, workers, kind)
    for machines, workers in [
        (1, 0),
        (1, 1),
        (1, 4),
        (2, 3),
        (3, 0),
        (4, 32),
    ]
    for kind in ("", "redis", "local")
]
RUNS: dict[tuple[int, int, str], Run] = {}


def run_of(place: tuple[int, int, str]) -> Run:
    if place not in RUNS:
        RUNS[place] = simulate(made(*place), seed=1, seconds=1.5)
    return RUNS[place]


SITE = simulate(deployments.slide16(rate=60, workers=3, capacity=20), seed=1, seconds=15)
SELECTIONS = [
    Selection(request=100),
    Selection(message=next(each.message for each in SITE.trace.rows(event="begun", component="worker-2"))),
    Selection(component="worker-2"),
    Selection(channel="http.request"),
    Selection(component="nobody"),
]


@pytest.mark.parametrize("place", GRID, ids=lambda place: "{} x {} {}".format(*place))
@pytest.mark.parametrize("name", DRAWINGS)
def test_no_texts_of_a_drawing_meet_whatever_the_deployment(name: str, place: tuple[int, int, str]):
    figure = DRAWINGS[name](run_of(place))
    assert drawn.overlaps(figure) == []
    assert drawn.outside(figure) == []
    assert drawn.smallest_text(figure) >= 11
    assert len(figure.svg) < 150_000


@pytest.mark.parametrize("place", [(1, 1, ""), (2, 3, "redis"), (4, 32, "local")])
@pytest.mark.parametrize("name", CHARTS)
def test_no_texts_of_a_chart_meet(name: str, place: tuple[int, int, str]):
    figure = CHARTS[name](run_of(place))
    assert charted.overlaps(figure) == []
    assert charted.outside(figure) == []
    assert charted.smallest_text(figure) >= 11
    assert len(figure.svg) < 150_000


DEPLOYMENTS = [name for name in deployments.__all__ if inspect.isfunction(getattr(deployments, name))]


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_no_texts_meet_in_any_picture_of_the_talks_deployments(deployment: str):
    run = simulate(getattr(deployments, deployment)(), seed=1, seconds=4)
    for name, view in DRAWINGS.items():
        figure = view(run)
        assert drawn.overlaps(figure) == [], name
        assert drawn.outside(figure) == [], name
        assert drawn.smallest_text(figure) >= 11, name
        assert len(figure.svg) < 150_000, name
    figure = views.difference(run, run)
    assert figure._chart is None or charted.outside(figure) == []


def colours_of(svg: str) -> set[str]:
    """The colours in the attributes and styles of a picture; not what its words say."""
    shapes = re.sub(r'aria-label="[^"]*"', "", re.sub(r">[^<]*<", "><", svg))
    links = set(re.findall(r'href="(#\w+)"', shapes))
    return set(re.findall(r"#[0-9a-f]{3,6}\b", shapes)) - links


def of_the_palette() -> set[str]:
    found: set[str] = {"#fff", "#000"}
    for value in vars(palette).values():
        if isinstance(value, str) and value.startswith("#"):
            found.add(value)
        elif isinstance(value, tuple):
            found.update(each for each in value if isinstance(each, str))
    for colour in ROLES.values():
        found |= {colour.strong, colour.tint, colour.text}
    return found | set(palette.DEEP.values())


@pytest.mark.parametrize("name", EVERY)
def test_every_colour_is_one_of_the_palette_in_either_theme(name: str):
    light, dark = (EVERY[name](SITE, theme=theme) for theme in ("light", "dark"))
    assert colours_of(light.svg) <= of_the_palette()
    assert colours_of(dark.svg) == {DARK.get(colour, colour) for colour in colours_of(light.svg)}
    assert light.words == dark.words


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
def test_every_view_takes_every_selection_and_says_so(name: str, selection: Selection):
    figure = EVERY[name](SITE, selection=selection)
    assert f"Selected: {selection}" in figure.words
    nothing = selection.component == "nobody"
    assert ("of which there is nothing in this run" in figure.words) == nothing
    if nothing:
        assert palette.SELECTED not in figure.svg


def test_every_view_that_there_is_is_here():
    """But `separated` and `single_points`, which are answers, no pictures of a run."""
    named = {name.partition(",")[0] for name in EVERY}
    assert named == {
        name for name in views.__all__ if name not in ("separated", "single_points", "Separation")
    }


@pytest.mark.parametrize("name", EVERY)
def test_one_request_is_marked_in_every_view_of_its_run(name: str):
    request = next(each.request for each in SITE.trace.rows(event="begun", component="worker-2"))
    at = next(each.t for each in SITE.trace.rows(event="begun", request=request)) + 1e-6
    figure = views.moment(SITE, at, selection=Selection(request=request)) if name == "moment" else None
    figure = figure or EVERY[name](SITE, selection=Selection(request=request))
    assert palette.SELECTED in figure.svg
    assert f"Selected: request {request}" in figure.words


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("selection", SELECTIONS[:4], ids=str)
def test_every_view_marks_what_is_selected_and_only_then(name: str, selection: Selection):
    """A moment has of a request only what is under way then; there it is asked for in the test above."""
    if name == "moment" and (selection.request or selection.message):
        return
    assert palette.SELECTED in EVERY[name](SITE, selection=selection).svg
    assert palette.SELECTED not in EVERY[name](SITE).svg


@pytest.mark.parametrize("name", DRAWINGS)
def test_what_a_drawing_can_be_clicked_for_is_a_selection_that_it_marks(name: str):
    """Each element that says what it is: whoever clicks it finds it, or all that belongs to it, marked."""
    plain = EVERY[name](SITE).svg
    for kind in ("message", "request", "channel", "component"):
        for value in sorted(set(re.findall(rf'data-{kind}="([^"]+)"', plain)))[:4]:
            if value == "0":
                continue
            picked = Selection(**{kind: int(value) if kind in ("message", "request") else value})
            assert palette.SELECTED in EVERY[name](SITE, selection=picked).svg, (kind, value)


@pytest.mark.parametrize("name", EVERY)
def test_the_same_run_gives_the_same_picture(name: str):
    assert EVERY[name](SITE) == EVERY[name](SITE)


@pytest.mark.parametrize("name", EVERY)
def test_there_are_two_themes(name: str):
    with pytest.raises(ValueError, match="theme='dusk': it must be 'light' or 'dark'"):
        EVERY[name](SITE, theme="dusk")


# Grey print and colour-blindness, by numbers.

ENOUGH = 1.25  # of contrast between two greys that lie side by side

PROTAN = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
DEUTAN = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
"""What the red-blind and the green-blind see, of linear red, green and blue (Machado, Oliveira and Fernandes, 2009)."""


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def lab(rgb: list[float]) -> list[float]:
    """CIE L*a*b* of linear red, green and blue."""
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(a * b for a, b in zip(row, rgb, strict=True)) for row in to_xyz]
    x, y, z = (max(value, 0.0) / white for value, white in zip(xyz, (0.9505, 1.0, 1.089), strict=True))
    f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]


def apart(one: str, other: str, eyes: tuple[tuple[float, ...], ...] | None) -> float:
    """How far two colours lie apart (ΔE 1976; 2 can just be told) for eyes that see *eyes* of them."""
    seen = []
    for colour in (one, other):
        rgb = linear(colour)
        if eyes:
            rgb = [sum(a * b for a, b in zip(row, rgb, strict=True)) for row in eyes]
        seen.append(lab([min(max(part, 0.0), 1.0) for part in rgb]))
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


@pytest.mark.parametrize("eyes", [None, PROTAN, DEUTAN], ids=["all", "red-blind", "green-blind"])
def test_the_colours_of_the_roles_stay_apart_for_everyone(eyes):
    for one, other in combinations(ROLES, 2):
        least = (
            10 if one and other else 8
        )  # the grey of what has no role is never beside a role without a name
        assert apart(ROLES[one].strong, ROLES[other].strong, eyes) >= least, (one, other)


def test_kinds_of_work_differ_in_grey_or_in_their_stripe():
    for (i, one), (j, other) in combinations(enumerate(SERIES), 2):
        assert i % 4 != j % 4 or contrast(one.strong, other.strong) >= ENOUGH


def test_kinds_of_time_differ_in_grey_or_in_their_mark():
    for one, other in combinations(LOOKS.values(), 2):
        assert one[1] != other[1] or contrast(one[0], other[0]) >= ENOUGH


def test_no_two_curves_have_the_same_dashes():
    assert len({dashes for _, dashes in LINES}) == len(LINES)
