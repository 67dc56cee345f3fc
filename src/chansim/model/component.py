"""Component: a named box of the picture that can take part in a run.

A component is a frozen description. It keeps nothing of a run: that lives in
the behaviours it begins in the World it is given, so one Scenario can be run
many times, in both worlds, and be compared, hashed and copied.

A component typed into a notebook cell works like a built-in one. Subclass
:class:`Component`, say with ``knob`` and ``link`` what each field is, and
write ``start``. Nothing outside its file asks what type it is.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from chansim.duration import Duration, as_duration, what_is_wrong
from chansim.quantities import plain

if TYPE_CHECKING:
    from chansim.model.world import World, WorldOfSockets
    from chansim.scenario import Scenario


class ScenarioError(ValueError):
    """A description that cannot be run; the message names the component, the field and the value."""

    place: tuple[str, ...] = ()  #: where in the scenario it is, as in a file: ("components", name, field)

    def at(self, *place: str) -> ScenarioError:
        """The same error, with its place."""
        self.place = place
        return self


def knob(
    default: float,
    *,
    unit: str = "",
    low: float = 0.0,
    high: float = math.inf,
    above: float = -math.inf,
    slider: tuple[float, float] | None = None,
    doc: str,
) -> Any:
    """A number: from *low* to *high*, and greater than *above*. A whole-number default asks for whole numbers.

    *unit*, *doc* and *slider*, the range worth turning it through, are for widgets.
    """
    number = {"low": low, "high": high, "above": above, "whole": isinstance(default, int)}
    return field(default=default, metadata={"number": number, "unit": unit, "doc": doc, "slider": slider})


def duration(default: float | Duration, *, slider: tuple[float, float] | None = None, doc: str) -> Any:
    """How long something takes: a number of seconds, or a law (see :mod:`chansim.duration`)."""
    return field(
        default=as_duration(default), metadata={"duration": True, "unit": "s", "doc": doc, "slider": slider}
    )


def choice(default: object, options: Mapping[str, Any] | Iterable[str], *, doc: str, verb: str = "") -> Any:
    """One of several words, or what a word stands for. *verb*: what of :mod:`chansim.editing` chooses one, where more
    than this field changes with it."""
    values = dict(options) if isinstance(options, Mapping) else {word: word for word in options}
    return field(default=default, metadata={"options": values, "doc": doc, "verb": verb})


def listed(of: str, *, doc: str) -> Any:
    """A tuple of "texts" or of "numbers", none unless somebody gives some."""
    return field(default=(), metadata={"listed": of, "doc": doc})


def link(to: str, *, default: str | None = None, doc: str) -> Any:
    """The name of another component, one that provides *to*: an arrow of the picture.

    Without a *default* it must be given; with ``""`` it may be left out.
    """
    metadata = {"link": to, "doc": doc}
    return field(metadata=metadata) if default is None else field(default=default, metadata=metadata)


def is_number(value: object) -> bool:
    """Whether *value* is a number: True and False are not, NumPy's are."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_count(value: Any) -> bool:
    """Whether *value* is a whole number from 1."""
    return is_number(value) and isinstance(value, numbers.Integral) and int(value) >= 1


def several(to: str, *, least: int = 0, doc: str) -> Any:
    """The names of other components that provide *to*, in a tuple; *least* of them."""
    metadata = {"link": to, "several": least, "doc": doc}
    return field(metadata=metadata) if least else field(default=(), metadata=metadata)


def an(noun: str) -> str:
    """The noun with its article; of several things that may be provided, the first."""
    noun = {"sockets": "server that holds WebSockets"}.get(noun, noun)
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


@dataclass(frozen=True, kw_only=True)
class Component:
    """*name*: what it is called in the picture and the trace. *machine*: where it runs, "" for elsewhere.

    Raises ScenarioError, in words, for a field that is out of its range.
    """

    name: str
    machine: str = link("machine", default="", doc="the machine it runs on")

    provides: ClassVar[str] = ""  #: what a link may look for: "layer", "server", "application", "machine"
    first: ClassVar[bool] = False  #: started before those that use it
    role: ClassVar[str] = (
        ""  #: client, server, interface, layer or worker: its colour; "" is not drawn as a box
    )
    column: ClassVar[int] = 0  #: its place in the picture, from left to right
    placed: ClassVar[bool] = True  #: whether it runs on a machine

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name or "/" in self.name:
            raise ScenarioError(
                f"{an(self.kind)} has name={self.name!r}; a name is text, not empty, and without '/'"
            )
        for each in fields(self):
            value, about = getattr(self, each.name), each.metadata
            if "duration" in about:
                self._check_duration(each.name, value)
            elif "number" in about:
                self._check_number(each.name, value, about["unit"], **about["number"])
            elif "several" in about:
                self._check_several(each.name, value, about["link"], about["several"])
            elif "link" in about and (not isinstance(value, str) or (not value and each.default is MISSING)):
                raise self.wrong(each.name, value, f"it must be the name of {an(about['link'])}")
        if self.machine and not self.placed:
            raise self.wrong("machine", self.machine, f"{an(self.kind)} is on no machine; leave it out")

    def _check_several(self, name: str, value: Any, noun: str, least: int) -> None:
        texts = (
            not isinstance(value, str)
            and hasattr(value, "__iter__")
            and all(isinstance(v, str) for v in value)
        )
        if not texts or len(set(value)) != len(tuple(value)) or len(tuple(value)) < least or "" in value:
            words = f"the names of {least or 'some'} or more different components that are each {an(noun)}"
            raise self.wrong(name, value, f"it must be a tuple of {words}")
        object.__setattr__(self, name, tuple(value))

    def _check_duration(self, name: str, value: float | Duration) -> None:
        why = what_is_wrong(value)
        if why:
            raise self.wrong(name, value, why)
        object.__setattr__(self, name, as_duration(value))

    def _check_number(
        self, name: str, value: object, unit: str, low: float, high: float, above: float, whole: bool
    ) -> None:
        words = "a whole number" if whole else "a number"
        unit = "seconds" if unit == "s" else unit
        words += f" of {unit}" if unit and not unit.startswith("1/") else ""
        words += f" above {plain(above)}" if above >= low else f" from {plain(low)}"
        words += f" to {high:,.10g}" if high < math.inf else ""
        kind: type = numbers.Integral if whole else numbers.Real  # NumPy's numbers too
        legal = isinstance(value, kind) and not isinstance(value, bool)
        if not legal or not low <= value <= high or value <= above or value == math.inf:  # type: ignore[operator]
            raise self.wrong(name, value, f"it must be {words}")
        object.__setattr__(self, name, int(value) if whole else value)  # type: ignore[call-overload]

    def wrong(self, field_name: str, value: object, why: str) -> ScenarioError:
        """The error that says what is wrong with a field of this component."""
        error = ScenarioError(f"{self.kind} {self.name!r}: {field_name}={value!r}: {why}")
        return error.at("components", self.name, field_name)

    @property
    def kind(self) -> str:
        """Its type in words: "interface server", "WSGI server"."""
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", type(self).__name__)
        return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)

    @property
    def label(self) -> tuple[str, ...]:
        """The lines of text in its box."""
        return (" ".join(word[0].upper() + word[1:] for word in self.kind.split()),)

    def lanes(self) -> tuple[str, ...]:
        """Who of it appears in the trace as taken by work: itself, or its numbered parts, "gunicorn/2".

        A machine reckons with as many computing at once, so a component that begins two behaviours has two.
        """
        return (self.name,)

    def links(self) -> Iterator[tuple[str, str]]:
        """Field and name of every other component this one names, its machine aside."""
        for each in fields(self):
            if "link" in each.metadata and each.name != "machine" and getattr(self, each.name):
                value = getattr(self, each.name)
                yield from ((each.name, name) for name in ((value,) if isinstance(value, str) else value))

    @property
    def endless(self) -> bool:
        """Whether it would go on for ever, so that a run of it needs a length."""
        return False

    def check(self, scenario: Scenario) -> None:
        """Raise ScenarioError where this component cannot work in *scenario*. Names are checked already."""

    def prepare(self, world: World) -> None:
        """Say what others have to know before any of them starts. Default: nothing."""

    def start(self, world: World) -> None:
        """Begin this component's behaviours, in either world. Default: none."""

    def simulate(self, world: World) -> None:
        """Take part in a simulated run."""
        self.start(world)

    def execute(self, world: World) -> None:
        """Take part in an executed run. One that can only be simulated raises ScenarioError."""
        self.start(world)

    def execute_over_sockets(self, world: WorldOfSockets) -> None:
        """Take part in an executed run in which clients and servers are real ones. Servers of HTTP and WebSockets
        are started by the world; others take part as in any executed run."""
        self.execute(world)
