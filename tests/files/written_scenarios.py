"""Arbitrary scenarios out of every type of component that chansim ships, found by the fields they declare."""

import math
from dataclasses import MISSING, Field, fields, replace
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from chansim import Scenario, ScenarioError
from chansim.applications import chat
from chansim.channels import include, route
from chansim.duration import Constant, Empirical, EventOrTimeout, Exponential, LogNormal, TwoPoint
from chansim.files.kinds import fits, hints_of
from chansim.files.names import shipped_types
from chansim.layer.eras import ERAS, Era
from chansim.model.arrivals import Arrivals, Bursts, Changing, Daily, Poisson, Recorded, Regular
from chansim.model.component import Component
from chansim.model.network import Link, Network
from chansim.model.retries import BackOff, Fixed
from chansim.model.rooms import Even, Sizes, Zipf

COMPONENTS = [kind for kind in shipped_types().values() if issubclass(kind, Component)]

SECONDS = st.floats(0, 5)
LAWS = st.one_of(
    st.builds(Constant, SECONDS),
    st.builds(Exponential, SECONDS),
    st.builds(EventOrTimeout, SECONDS, SECONDS),
    st.builds(LogNormal, SECONDS, st.floats(0, 2)),
    st.builds(TwoPoint, SECONDS, SECONDS, st.floats(0, 1)),
    st.builds(Empirical, st.lists(SECONDS, min_size=1, max_size=5).map(tuple)),
)
MOMENTS = st.lists(SECONDS, min_size=1, max_size=30).map(lambda at: tuple(sorted(at)))
ARRIVALS: st.SearchStrategy[Arrivals] = st.builds(Poisson, st.floats(0.01, 500)) | st.builds(
    Recorded, MOMENTS, st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)
ARRIVALS |= st.one_of(
    st.builds(Regular, st.floats(0.01, 500), SECONDS),
    st.builds(Daily, SECONDS, st.floats(5, 500), st.floats(1, 1e5)),
    st.builds(lambda high: Changing(((0, 0), (5, high))), st.floats(0.1, 50)),
    st.builds(Bursts, st.integers(1, 9), ARRIVALS),
)
LINKS = st.sampled_from(["loopback", "lan", "wan"]) | st.builds(Link, SECONDS, LAWS, st.floats(0, 1))
ROUTES = st.sampled_from(
    [
        (),
        chat.channel_routing,
        chat.channel_routing_1_0,
        (route("websocket.receive", chat.ws_receive, path=r"^/(?P<room>\w+)/", text='"'),),
        (include(chat.channel_routing, path="^/chat"), *chat.channel_routing),
        (include([route(["a", "b"], chat.ws_connect, text="é")]),),
    ]
)
ERA = st.sampled_from([*ERAS, *ERAS.values()]) | st.builds(
    Era,
    **{each.name: st.just(getattr(ERAS["channels10"], each.name)) for each in fields(Era)}
    | {"poll": SECONDS},
)
OTHER: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (Poisson(1.0), ARRIVALS),
    (chat.channel_routing, ROUTES),
    (ERAS["june2016"], ERA),
    (
        Fixed(),
        st.builds(Fixed, SECONDS) | st.builds(BackOff, SECONDS, jitter=st.booleans()),
    ),
    (
        Even(1),
        st.builds(Even, st.integers(1, 9))
        | st.builds(Zipf, st.integers(1, 9), SECONDS)
        | st.builds(Sizes, st.lists(st.integers(1, 9), min_size=1).map(tuple)),
    ),
    (True, st.booleans()),
    (None, st.none()),
]
"""What a field may hold that is no number, law or link, with an example, which must fit the annotation."""

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=6)


def a_number(
    unit: str, low: float, high: float, above: float, whole: bool, slider: Any
) -> st.SearchStrategy[Any]:
    """A number of a field, of those worth turning it through."""
    low, high = slider or (max(low, 0), min(high, 100))
    low = max(low, above + 1e-6)
    if whole:
        return st.integers(int(low), int(min(high, low + 20)))
    least, most = math.ceil(low), math.floor(high)
    return st.floats(low, high) | (st.integers(least, most) if least <= most else st.nothing())


@st.composite
def a_field(draw: st.DrawFn, each: Field[Any], hint: Any, there: dict[str, list[str]]) -> Any:
    """A value for a field; links are to what is *there*, by what it provides."""
    about = each.metadata
    if "link" in about:
        names = there.get(about["link"], [])
        least = about.get("several")
        if least is not None:
            assume(len(names) >= least)
            return tuple(draw(st.lists(st.sampled_from(names), min_size=least, unique=True))) if names else ()
        may_be_left_out = [""] if each.default == "" else []
        assume(names or may_be_left_out)
        return draw(st.sampled_from(names + may_be_left_out))
    if "duration" in about:
        return draw(LAWS)
    if "number" in about:
        return draw(a_number(about["unit"], slider=about["slider"], **about["number"]))
    choices = [st.just(each.default)] if each.default is not MISSING else []
    return draw(st.one_of(*choices, *(values for example, values in OTHER if fits(example, hint))))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A scenario with a component of every type, and two machines."""
    there: dict[str, list[str]] = {}
    made: list[Component] = []
    names = iter(
        draw(st.lists(NAMES, min_size=len(COMPONENTS) + 1, max_size=len(COMPONENTS) + 1, unique=True))
    )
    todo = sorted(COMPONENTS, key=late)
    while todo:
        ready = [kind for kind in todo if there.keys() >= set(needed(kind).values())]
        assert ready, f"nothing provides what {todo} need"
        kind = ready[0]
        todo.remove(kind)
        hints = hints_of(kind)
        for _ in range(2 if "machine" in kind.provides else 1):
            values = {
                each.name: draw(
                    a_field(each, hints[each.name], there if kind.placed or each.name != "machine" else {})
                )
                for each in fields(kind)
                if each.name != "name"
            }
            name = next(names)
            try:
                component = kind(name=name, **values)
            except ScenarioError:  # two fields that do not go together
                component = kind(name=name, **{link: values[link] for link in values if link in needed(kind)})
            made.append(component)
            for provided in component.provides.split():
                there.setdefault(provided, []).append(component.name)
    machines = [*there["machine"], ""]
    pairs = draw(st.lists(st.tuples(*[st.sampled_from(machines)] * 2), max_size=3, unique_by=frozenset))
    links = tuple((a, b, draw(LINKS)) for a, b in pairs)
    about = (draw(NAMES), Network(draw(LINKS), draw(LINKS), draw(LINKS), links), draw(st.floats(0.001, 0.02)))
    made = draw(st.permutations(made))
    # Hardly any two dozen components drawn by themselves go together. So what the Scenario complains of, the
    # era of a layer or the machine of a worker, is set back, in all of them, until it complains no more.
    for _ in range(20):
        try:
            return Scenario(about[0], tuple(made), *about[1:])
        except ScenarioError as error:
            assume(error.place[:1] == ("components",))
            _, name, field = error.place
            made = set_back(made, next(each for each in made if each.name == name), field, draw)
    assume(False)
    raise AssertionError


def set_back(made: list[Component], component: Component, field: str, draw: st.DrawFn) -> list[Component]:
    """The same with that field at its default in all; a link that has none leads elsewhere."""
    about = type(component).__dataclass_fields__[field]
    if "link" in about.metadata and about.default is MISSING:
        others = [c.name for c in made if about.metadata["link"] in c.provides.split() and c is not component]
        least = about.metadata.get("several")
        links = draw(st.lists(st.sampled_from(others), min_size=least or 1, max_size=least or 1, unique=True))
        changed = {field: tuple(links) if least is not None else links[0]}
        return [replace(each, **changed) if each is component else each for each in made]
    return [plain(each, field) for each in made]


def plain(component: Component, field: str) -> Component:
    """The component with that field at its default, where it has it and has one."""
    about = type(component).__dataclass_fields__.get(field)
    if about is None or about.default is MISSING:
        return component
    try:
        return replace(component, **{field: about.default})
    except ScenarioError:  # it goes with another field only
        return component


def late(kind: type[Component]) -> tuple[bool, bool]:
    """Clients come last, and before them those that stand before several others."""
    return kind.role == "client", any("several" in each.metadata for each in fields(kind))


def needed(kind: type[Component]) -> dict[str, str]:
    """What a component of that type must name: its fields, and what each is to provide."""
    return {
        each.name: each.metadata["link"]
        for each in fields(kind)
        if "link" in each.metadata and each.default is MISSING
    }
