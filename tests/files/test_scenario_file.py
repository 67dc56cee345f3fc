"""Scenario files: what is saved is loaded as it was, a person can write one, and a wrong one is
answered with the line and in words. No file can have code run or imported."""

import builtins
import importlib
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from chansim import Scenario, ScenarioError, deployments, simulate
from chansim.applications import chat
from chansim.channels import Message, include, route
from chansim.deployments import slide07, slide24
from chansim.duration import Exponential
from chansim.files.kinds import hints_of
from chansim.files.names import is_description, shipped, shipped_types
from chansim.files.reader import VERSION
from chansim.model.component import Component, knob
from chansim.model.network import Link, Network
from files.written_scenarios import COMPONENTS, scenarios
from model.tiny import wsgi_world

EXAMPLE = Path(__file__).parents[2] / "docs" / "scenario.toml"

ALL = pytest.mark.parametrize("name", deployments.__all__)


# -- lossless


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_a_scenario_of_every_component_is_loaded_as_it_was_saved(scenario: Scenario) -> None:
    assert {type(component) for component in scenario} == set(COMPONENTS)
    text = scenario.to_text()
    loaded = Scenario.from_text(text)
    assert loaded == scenario
    assert [c.name for c in loaded] == [c.name for c in scenario]
    assert loaded.to_text() == text
    assert simulate(loaded).trace.digest() == simulate(scenario).trace.digest()


@ALL
def test_every_deployment_is_loaded_as_it_was_saved(name: str, tmp_path: Path) -> None:
    scenario = getattr(deployments, name)()
    scenario.save(tmp_path / "it.toml")
    loaded = Scenario.load(tmp_path / "it.toml")
    assert loaded == scenario
    assert hash(loaded) == hash(scenario)
    assert simulate(loaded, seconds=1.0).trace.digest() == simulate(scenario, seconds=1.0).trace.digest()


def test_a_run_without_a_length_and_a_file_with_windows_line_ends(tmp_path: Path) -> None:
    scenario = wsgi_world(0.5, 1 / 3 + 0.3).with_(title='"Zwölf\\Boxkämpfer"\r\n\t\x7f 😀')
    scenario.save(str(tmp_path / "it.toml"))
    text = (tmp_path / "it.toml").read_text(encoding="utf-8")
    (tmp_path / "it.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert scenario.seconds is None
    assert Scenario.load(tmp_path / "it.toml") == scenario


@dataclass(frozen=True)
class Ramp:
    """Arrivals as a learner types them."""

    steps: tuple[tuple[float, int], ...]
    colour: bytes = b"\x00\xff\n"
    until: float = math.inf
    endless = False

    def moments(self, random: Random) -> Any:
        return (at for at, times in self.steps for _ in range(times))


@dataclass(frozen=True, kw_only=True)
class Lamp(Component):
    """A component as a learner types it."""

    power: float = knob(5.0, high=10.0, doc="how bright")
    ramp: Ramp | None = None
    derived: int = field(init=False, default=3)
    switch: Callable[..., Any] = print


def switch_on() -> None:
    """What a lamp may be given."""


def test_components_arrivals_and_functions_of_ones_own() -> None:
    lamp = Lamp(name="lämp", power=0.1 + 0.2, ramp=Ramp(((0.5, 2), (1e-300, 1))), switch=switch_on)
    scenario = slide07(arrivals=Ramp(((0.0, 3),))).add(lamp)
    own: dict[str, Any] = {"types": (Lamp, Ramp), "applications": {"on": switch_on}}
    text = scenario.to_text(**own)
    assert '[components."lämp"]\ntype = "Lamp"\npower = 0.30000000000000004\n' in text
    assert Scenario.from_text(text, **own) == scenario
    with pytest.raises(ScenarioError, match=r"clients\.arrivals: the type Ramp is none of chansim's"):
        scenario.to_text(applications={"on": switch_on})
    with pytest.raises(ScenarioError, match=r"lämp.type: there is no type 'Lamp' here.*types=\(Lamp,\)"):
        Scenario.from_text(text, types=(Ramp,), applications={"on": switch_on})
    with pytest.raises(
        ScenarioError,
        match=r"components.lämp.switch=switch_on: .*applications=\{\"mine.switch_on\": switch_on\}",
    ):
        scenario.to_text(types=(Lamp, Ramp))
    with pytest.raises(ScenarioError, match="each must be a frozen dataclass"):
        scenario.to_text(types=(int,))
    with pytest.raises(ScenarioError, match="applications=5: it must be a dict"):
        scenario.to_text(applications=5)  # type: ignore[arg-type]


def consumer(message: Message) -> None:
    """A consumer that is not chansim's."""


def test_applications_of_ones_own_are_given_by_name_or_as_a_module() -> None:
    routing = [route("websocket.receive", consumer, path="^/x"), include(chat.channel_routing)]
    scenario = slide24(routing=tuple(routing))
    whole, parts = {"mine": routing}, {"mine.consumer": consumer}
    assert 'routing = { application = "mine" }' in scenario.to_text(applications=whole)
    assert 'consumer = { application = "mine.consumer" }' in scenario.to_text(applications=parts)
    for applications in (whole, parts):
        text = scenario.to_text(applications=applications)
        assert Scenario.from_text(text, applications=applications) == scenario
    module = ModuleType("mine")
    local = {"__name__": "mine"}
    exec("def view(environ, start_response): ...\ndef _hidden(): ...\nfrom os import system", local)
    vars(module).update(local)
    scenario = slide07(wsgi=local["view"])  # type: ignore[arg-type]
    text = scenario.to_text(applications={"mine": module})
    assert 'wsgi = { application = "mine.view" }' in text
    assert Scenario.from_text(text, applications={"mine": module}) == scenario
    for name in ("mine._hidden", "mine.system", "mine.nothing"):
        with pytest.raises(ScenarioError, match=f"there is no application '{name}'"):
            Scenario.from_text(text.replace("mine.view", name), applications={"mine": module})


def test_a_consumer_without_a_name_of_its_own_can_be_given_one() -> None:
    call = partial(consumer)
    scenario = slide24(routing=(route("websocket.connect", call),))
    with pytest.raises(ScenarioError, match=r"site.routing\[0\].consumer=partial: .*names of functions"):
        scenario.to_text()
    text = scenario.to_text(applications={"mine": call})
    assert Scenario.from_text(text, applications={"mine": call}) == scenario


@dataclass(frozen=True, kw_only=True)
class Odd(Component):
    """A component with a field that no file can hold."""

    things: Any = None


@pytest.mark.parametrize(
    ("things", "words"),
    [
        ([1], r"components.odd.things=\[1\]: a file holds text, numbers, tuples"),
        ({"a": 1}, r"components.odd.things=\{'a': 1\}: a file holds"),
        ((1, object()), r"components.odd.things\[1\]=<object"),
        (math.nan, "components.odd.things=nan: a file holds floats"),
        ("\ud800", "'.ud800' is no character that a file can hold"),
        (lambda: 3, "components.odd.things=<lambda>: a file holds names of functions only"),
    ],
)
def test_what_no_file_can_hold_is_said_before_anything_is_written(
    things: Any, words: str, tmp_path: Path
) -> None:
    scenario = slide07().add(Odd(name="odd", things=things))
    with pytest.raises(ScenarioError, match=words):
        scenario.save(tmp_path / "it.toml", types=(Odd,))
    assert not list(tmp_path.iterdir())


def test_a_component_that_its_fields_do_not_make_again_is_not_saved() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Growing(Component):
        size: int = 1

        def __post_init__(self) -> None:
            object.__setattr__(self, "size", self.size + 1)

    with pytest.raises(ScenarioError, match="what is read back would not be equal to it"):
        slide07().add(Growing(name="g")).to_text(types=(Growing,))


# -- every type is known without a list


def test_all_that_chansim_ships_is_found() -> None:
    known = shipped_types()
    for module in ("application", "machine", "wsgi_server", "worker", "network", "chatters"):
        importlib.import_module(f"chansim.model.{module}")
    inner = [kind for kind in subclasses(Component) if kind.__module__.startswith("chansim.model")]
    assert {kind.__name__ for kind in inner} <= known.keys()
    assert {"Poisson", "Recorded", "Link", "Network", "Exponential", "TwoPoint", "Era"} <= known.keys()
    assert {"chat.channel_routing", "chat.ws_connect"} <= shipped().keys()


def subclasses(kind: type) -> list[type]:
    """All of them, and theirs."""
    return [each for direct in kind.__subclasses__() for each in (direct, *subclasses(direct))]


def test_the_annotation_of_every_field_can_be_found_out() -> None:
    """Where it cannot, nothing would keep text out of a field that holds code."""
    for kind in shipped_types().values():
        assert hints_of(kind), kind


def test_no_two_types_share_a_name() -> None:
    """Or one of them would be hidden by the other."""
    known = shipped_types()
    folders = tuple({kind.__module__ for kind in known.values()})
    for module in folders:
        for name, thing in vars(sys.modules[module]).items():
            if getattr(thing, "__module__", None) == module and is_description(thing) and name[0] != "_":
                assert known[name] is thing


# -- a person's file


def test_a_file_written_by_hand() -> None:
    scenario = Scenario.load(EXAMPLE)
    assert scenario["readers"].arrivals.rate == 20.0
    assert scenario["site"].routing == (
        route("websocket.connect", chat.ws_connect, path="^/chat/"),
        include(chat.channel_routing),
    )
    assert scenario.network.outside == Link(0.04, Exponential(0.01), 0.02)
    assert scenario.network.links == (("web", "redis", "lan"),)
    assert scenario["worker-2"].machine == "web"
    assert scenario["layer"].expiry == 60.0  # left out
    summary = simulate(scenario, seconds=10.0).summary()
    assert summary["served"] > 150
    assert summary["lost"]["dropped on the way"] > 0


SMALL = """\
version = 1
title = "small"
seconds = 5

[components.people]
type = "Clients"
server = "gunicorn"
arrivals = { type = "Poisson", rate = 2 }

[components.site]
type = "Application"
io = 0.5

[components.gunicorn]
type = "WSGIServer"
application = "site"
workers = 2
"""


def test_a_small_file_says_what_the_call_says() -> None:
    scenario = Scenario.from_text(SMALL)
    assert scenario["gunicorn"].workers == 2
    assert scenario["site"].io.seconds == 0.5
    assert (scenario.network, scenario.seconds) == (Network(), 5)


# -- what is wrong, and where


def wrong_files() -> dict[str, list[str]]:
    """What is replaced in the small file, by what, and words of the error."""
    _, *entries = (Path(__file__).parent / "wrong_files.txt").read_text(encoding="utf-8").split("\n\n")
    cases = {}
    for entry in entries:
        name, *lines = entry.strip().split("\n")
        assert [line[0] for line in lines] == ["-", "+", "!"]
        there, instead, words = (line[2:] for line in lines)
        cases[name] = [there.replace("\\n", "\n"), instead.replace("\\n", "\n"), words]
    return cases


COMPONENTS_OF_SMALL = SMALL[SMALL.index("[") :]

WRONG = {
    **wrong_files(),
    "no components": [COMPONENTS_OF_SMALL, "", "the text: components is missing"],
    "components that are none": [
        COMPONENTS_OF_SMALL,
        "components = 5",
        "line 5, components: they must be tables, [components.worker-1] and so on",
    ],
    "what is nested without end": ["io = 0.5", "io = " + "[" * 100_000, "the text"],
    "a number without end": ["io = 0.5", "io = 1" + "0" * 5000, "the text is not TOML: "],
}


@pytest.mark.parametrize(("there", "instead", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_answered_in_words_with_the_place(there: str, instead: str, words: str) -> None:
    assert there in SMALL
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(SMALL.replace(there, instead, 1))
    said = str(caught.value)
    assert words in said, said
    assert said.startswith("the text")
    assert "\n" not in said
    assert caught.value.__cause__ is None


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "it.toml"
    for data, words in (
        (b"version = 9", f"{path}, line 1, version: version 9 is newer"),
        (b"\xff\xfe", f"{path} is not text in UTF-8: invalid start byte at byte 0"),
        (b"", f"{path}: it does not say its version; write: version = {VERSION}"),
    ):
        path.write_bytes(data)
        with pytest.raises(ScenarioError) as caught:
            Scenario.load(path)
        assert str(caught.value).startswith(words)
    with pytest.raises(ScenarioError, match=r"nothing\.toml: there is no such file"):
        Scenario.load(tmp_path / "nothing.toml")
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        Scenario.load(tmp_path)
    with pytest.raises(ScenarioError, match="the text is 5; it must be text, in TOML"):
        Scenario.from_text(5)  # type: ignore[arg-type]


# -- no file runs code


@pytest.mark.parametrize(
    "line",
    [
        'wsgi = "antigravity.fly"',
        'wsgi = { application = "antigravity.fly" }',
        'wsgi = { type = "antigravity.fly" }',
        'routing = "antigravity.fly"',
        'routing = ["antigravity.fly"]',
        'routing = { application = "antigravity" }',
        'routing = { type = "include", routes = "antigravity.fly" }',
        'routing = [{ type = "include", routes = "antigravity.fly" }]',
        'routing = [{ type = "include", routes = ["antigravity.fly"] }]',
        'routing = [{ type = "route", channels = ["a"], consumer = "antigravity.fly" }]',
        'routing = [{ type = "route", channels = ["a"], consumer = { application = "antigravity.fly" } }]',
        'io = { type = "antigravity.fly", mean = 1 }',
        'io = { type = "__import__", name = "antigravity" }',
        'io = "antigravity.fly"',
        '__class__ = "antigravity.fly"',
        'wsgi = { application = "chat.__builtins__" }',
        'wsgi = { application = "chat.route" }',
        'wsgi = { application = "__import__" }',
    ],
)
def test_nothing_is_imported_because_a_file_says_so(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Scenario.from_text(SMALL)  # what chansim ships is imported now
    real = builtins.__import__

    def watched(name: str, *arguments: Any, **keywords: Any) -> Any:
        assert not name.startswith("antigravity")
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", watched)
    monkeypatch.setattr(importlib, "import_module", lambda *given: pytest.fail(f"import of {given}"))
    with pytest.raises(ScenarioError, match=r"line 12, components\.site"):
        Scenario.from_text(SMALL.replace("io = 0.5", line))
    assert "antigravity" not in sys.modules
