"""Scenario: the declarative description of one experiment. It checks itself when it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chansim.model.component import Component, ScenarioError, an
from chansim.model.network import Network

if TYPE_CHECKING:
    import networkx

    from chansim.figure import Figure
    from chansim.layer.eras import Era

__all__ = ["Scenario", "ScenarioError"]


@dataclass(frozen=True)
class Scenario:
    """*components*, the *network* between their machines, and for how many *seconds* to run them.

    ``seconds=None`` means until all clients are done, which only clients from a
    record ever are. Raises ScenarioError, in one sentence, for a description
    that cannot be run.
    """

    title: str
    components: tuple[Component, ...]
    network: Network = Network()
    seconds: float | None = 60.0

    def __post_init__(self) -> None:
        if not isinstance(self.title, str):
            raise ScenarioError(f"scenario: title={self.title!r}: it must be text")
        try:
            object.__setattr__(self, "components", tuple(self.components))
        except TypeError:
            raise ScenarioError(
                f"scenario: components={self.components!r}: it must be several, in a tuple"
            ) from None
        check_seconds(self.seconds)
        if not isinstance(self.network, Network):
            raise ScenarioError(f"scenario: network={self.network!r}: it must be a Network")
        if not self.components:
            raise ScenarioError(
                "scenario: components=(): there is nothing to run; give clients and a server at least"
            )
        seen: dict[str, Component] = {}
        for place, component in enumerate(self.components):
            if not isinstance(component, Component):
                raise ScenarioError(f"scenario: components[{place}]={component!r}: it must be a Component")
            if component.name in seen:
                raise component.wrong(
                    "name",
                    component.name,
                    f"a {seen[component.name].kind} has that name already; names must differ",
                )
            seen[component.name] = component
        for component in self.components:
            for field_name, other in (*component.links(), ("machine", component.machine)):
                self._check_link(component, field_name, other)
        self.network.check([c.name for c in self.components if c.provides == "machine"])
        for component in self.components:
            component.check(self)

    def _check_link(self, component: Component, field_name: str, other: str) -> None:
        wanted = type(component).__dataclass_fields__[field_name].metadata["link"]
        there = [c.name for c in self.components if wanted in c.provides.split()]
        if not other or other in there:
            return
        near = get_close_matches(other, there, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        listed = ", ".join(map(repr, there)) or "none"
        raise component.wrong(field_name, other, f"it must name {an(wanted)}; here there is: {listed}{hint}")

    @classmethod
    def from_settings(cls, channel_layers: Mapping[str, Any], **options: Any) -> Scenario:
        """What a ``CHANNEL_LAYERS`` dict of 2016 would build; the *options* are :func:`chansim.settings.read`'s.

        Raises ScenarioError, in one sentence, where that cannot work. In words,
        and with all reasons: :func:`chansim.settings.explain`.
        """
        from chansim.settings import scenario_of

        return scenario_of(channel_layers, **options)

    def __getitem__(self, name: str) -> Any:
        """The component of that name. Raises KeyError with the names there are."""
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(f"no component {name!r}; there are {', '.join(c.name for c in self.components)}")

    def __iter__(self) -> Iterator[Component]:
        return iter(self.components)

    def with_(self, **changes: Any) -> Scenario:
        """A copy with other *title*, *components*, *network* or *seconds*."""
        legal = [each.name for each in fields(self)]
        for unknown in changes.keys() - set(legal):
            raise ScenarioError(
                f"scenario: {unknown}={changes[unknown]!r}: there is no such field; its fields are {', '.join(legal)}"
            )
        return replace(self, **changes)

    def change(self, name: str, /, **changes: Any) -> Scenario:
        """A copy in which the component *name* has other field values; its name may be among them, where nobody
        links to it."""
        if name not in (names := [c.name for c in self.components]):
            raise ScenarioError(
                f"scenario: there is no component {name!r} to change; there are {', '.join(names)}"
            )
        legal = [each.name for each in fields(self[name])]
        for unknown in changes.keys() - set(legal):
            raise self[name].wrong(
                unknown, changes[unknown], f"there is no such field; its fields are {', '.join(legal)}"
            )
        changed = replace(self[name], **changes)
        return replace(self, components=tuple(changed if c.name == name else c for c in self.components))

    def add(self, *components: Component) -> Scenario:
        """A copy with more components."""
        return replace(self, components=self.components + components)

    # -- edited: what each verb does, and what it refuses, is said in chansim.editing

    def add_worker(self, machine: str) -> Scenario:
        """A copy with one more worker on *machine*."""
        from chansim import editing

        return editing.add_worker(self, machine)

    def add_server(self, machine: str) -> Scenario:
        """A copy with one more server on *machine*, which clients reach as they reach the others."""
        from chansim import editing

        return editing.add_server(self, machine)

    def add_machine(self) -> Scenario:
        """A copy with one more machine, equipped as the last."""
        from chansim import editing

        return editing.add_machine(self)

    def remove(self, name: str) -> Scenario:
        """A copy without the component *name*; without a machine, and all that runs on it."""
        from chansim import editing

        return editing.remove(self, name)

    def move(self, name: str, machine: str) -> Scenario:
        """A copy in which the component *name* runs on *machine*."""
        from chansim import editing

        return editing.move(self, name, machine)

    def use_layer(self, kind: str) -> Scenario:
        """A copy with a channel layer of that *kind*: "shared", "memory", "sharded", "isolated" or "local"."""
        from chansim import editing

        return editing.use_layer(self, kind)

    def use_era(self, era: str | Era) -> Scenario:
        """A copy in another *era*: "june2016", "channels10" or "channels11", or an Era of your own."""
        from chansim import editing

        return editing.use_era(self, era)

    def kill(self, name: str, at: float = 10.0) -> Scenario:
        """A copy in which the process *name* is killed *at* so many seconds, and stays dead."""
        from chansim import editing

        return editing.kill(self, name, at)

    def restart(self, name: str, at: float) -> Scenario:
        """A copy in which the process *name*, which is killed, is there again *at* so many seconds."""
        from chansim import editing

        return editing.restart(self, name, at)

    def cut(self, one: str, other: str = "", *, at: float = 10.0, seconds: float = 5.0) -> Scenario:
        """A copy in which two machines do not reach each other for some *seconds*; "" is outside."""
        from chansim import editing

        return editing.cut(self, one, other, at=at, seconds=seconds)

    def mend(self, one: str, other: str = "") -> Scenario:
        """A copy in which the way between two machines is not cut after all."""
        from chansim import editing

        return editing.mend(self, one, other)

    # -- files

    def to_text(self, *, applications: Mapping[str, Any] | None = None, types: Iterable[type] = ()) -> str:
        """This scenario as text, in TOML; see :meth:`save`."""
        from chansim.files.writer import to_text

        return to_text(self, applications, types)

    @classmethod
    def from_text(
        cls, text: str, *, applications: Mapping[str, Any] | None = None, types: Iterable[type] = ()
    ) -> Scenario:
        """The scenario that *text* describes; see :meth:`load`."""
        from chansim.files.reader import from_text

        return from_text(text, applications, types)

    def save(
        self,
        path: str | Path,
        *,
        applications: Mapping[str, Any] | None = None,
        types: Iterable[type] = (),
    ) -> None:
        """Write this scenario to a file that :meth:`load` reads back as an equal one.

        Functions are saved by name: those of :mod:`chansim.applications`, as
        "chat.channel_routing", and those in *applications*, a dict of functions,
        routings or modules by name. *types*: components and laws of your own.
        Raises ScenarioError for what has no name, and OSError as open() does.
        """
        text = self.to_text(applications=applications, types=types)
        Path(path).write_text(text, encoding="utf-8", newline="\n")

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        applications: Mapping[str, Any] | None = None,
        types: Iterable[type] = (),
    ) -> Scenario:
        """The scenario in a file, which :meth:`save` or a person wrote.

        Nothing is run or imported because the file says so: a name in it stands for
        what chansim ships, or for what *applications* and *types* give; see
        :meth:`save`. Raises ScenarioError, with the line, for any other file.
        """
        from chansim.files.reader import from_text

        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise ScenarioError(f"{path}: there is no such file") from None
        except UnicodeDecodeError as error:
            raise ScenarioError(
                f"{path} is not text in UTF-8: {error.reason} at byte {error.start}"
            ) from None
        except (OSError, ValueError) as error:
            raise ScenarioError(
                f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"
            ) from None
        return from_text(text, applications, types, str(path))

    # -- shown

    def graph(self) -> networkx.DiGraph:
        """The topology: nodes are components, with kind, role and machine; edges are links, with their field."""
        import networkx

        graph = networkx.DiGraph(title=self.title)
        for component in self.components:
            graph.add_node(
                component.name, kind=component.kind, role=component.role, machine=component.machine
            )
        for component in self.components:
            for field_name, other in component.links():
                graph.add_edge(component.name, other, field=field_name)
        return graph

    def picture(self) -> Figure:
        """The topology, drawn as the talk draws it."""
        from chansim.views.topology import topology

        return topology(self)

    def __str__(self) -> str:
        rows = [
            (c.name, c.kind, c.machine or "-", ", ".join(other for _, other in c.links()))
            for c in self.components
        ]
        rows.insert(0, ("component", "kind", "machine", "talks to"))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([self.title, *lines])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        picture = self.picture()
        return {"text/plain": f"{self}\n{picture.words}", "image/svg+xml": picture.svg}


def check_run(what: str, scenario: object, seed: object, seconds: float | None) -> float | None:
    """For how long to run *scenario*. Raises ScenarioError, in words, for a run that cannot be."""
    if not isinstance(scenario, Scenario):
        hint = "; a deployment is a function: call it, slide16()" if callable(scenario) else ""
        raise ScenarioError(f"{what}: scenario={scenario!r}: it must be a Scenario{hint}")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ScenarioError(f"{what}: seed={seed!r}: it must be a whole number")
    check_seconds(seconds)
    seconds = scenario.seconds if seconds is None else seconds
    for component in scenario.components:
        if seconds is None and component.endless:
            raise ScenarioError(
                f"{what}: seconds=None: {component.kind} {component.name!r} would go on for ever; "
                "give a number of seconds"
            )
    if seconds is None and scenario.network.loses:
        raise ScenarioError(
            f"{what}: seconds=None: the network drops messages, and who waits for one may wait for ever; "
            "give a number of seconds"
        )
    return seconds


def check_seconds(seconds: object) -> None:
    """Raise ScenarioError unless *seconds* is None or a length of time a run can have."""
    if seconds is None:
        return
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < float("inf"):
        raise ScenarioError(
            f"scenario: seconds={seconds!r}: it must be a number of seconds above 0, or None"
        ).at("seconds")
