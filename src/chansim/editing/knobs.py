"""Knobs: what of a component can be turned, as its fields say it themselves.

What may live here: reading the fields' metadata (see :mod:`chansim.model.component`), what each kind of knob makes of
what a hand gives, and which turns to try when it is to be found out whether a knob changes anything in a deployment.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from chansim.duration import Constant
from chansim.editing import laws
from chansim.editing.finding import provides
from chansim.editing.line import Edit
from chansim.layer.eras import era_called
from chansim.model.component import Component, ScenarioError
from chansim.quantities import plain

if TYPE_CHECKING:
    from chansim.scenario import Scenario


@dataclass(frozen=True)
class Knob:
    """A *field* of a *component* that can be turned; *doc* says what it is. Each kind is a class of its own."""

    component: str
    field: str
    doc: str

    def meant(self, given: Any) -> Any:
        """The field's value where somebody gives this. Raises ScenarioError, in words, for what means nothing."""
        raise NotImplementedError

    def tried(self, scenario: Scenario) -> Iterator[Any]:
        """Other values of the field, by which to see whether it matters."""
        raise NotImplementedError

    def edit(self, value: Any) -> Edit:
        """What turns it to a *value* of the field."""
        return Edit.of("change", self.component, **{self.field: value})

    def wrong(self, given: object, wanted: str) -> ScenarioError:
        """The error for what was *given*."""
        return ScenarioError(f"{self.component}: {self.field}={given!r}: {wanted} is needed: {self.doc}")


@dataclass(frozen=True)
class Number(Knob):
    """A number in its *unit*, from *low* to *high*, where it stands. *whole*: only whole numbers are legal."""

    unit: str
    low: float
    high: float
    value: float
    whole: bool

    @property
    def step(self) -> float:
        """A sensible step of a slider: 1 for whole numbers; else a round hundredth of the range."""
        if self.whole:
            return 1
        return float(f"1e{math.floor(math.log10((self.high - self.low) / 100 or 1))}")

    def meant(self, given: Any) -> Any:
        if not isinstance(given, (int, float)) or isinstance(given, bool):
            raise self.wrong(given, f"a number of {self.unit}")
        return int(given) if self.whole and given == int(given) else given

    def tried(self, scenario: Scenario) -> Iterator[Any]:
        """A little above the lower end, because at the very end 0 may mean "never"; and either end."""
        little = self.low + (1 if self.whole else (self.high - self.low) / 1000)
        for end in dict.fromkeys((little, self.low, self.high)):
            yield int(end) if self.whole else float(end)


@dataclass(frozen=True)
class Varying(Number):
    """How long something takes, or how often something comes: a *law* of :mod:`chansim.editing.laws`, and its number.

    *value* is NaN where the law has no such number.
    """

    law: Any

    def meant(self, given: Any) -> Any:
        """A number, or the name of a law."""
        if isinstance(given, str):
            if given not in laws.of(self.law):
                raise self.wrong(given, f"one of {', '.join(laws.of(self.law))}")
            return laws.chosen(self.law, given)
        number = super().meant(given)
        if math.isnan(self.value):
            raise self.wrong(given, f"another law than {self.law}, which has no such number,")
        try:
            law = laws.turned(self.law, number)
        except ScenarioError:
            raise
        except ValueError as error:
            raise ScenarioError(f"{self.component}: {self.field}: {error}") from None
        return law.seconds if isinstance(law, Constant) else law

    def tried(self, scenario: Scenario) -> Iterator[Any]:
        known = laws.of(self.law)
        number = self.value if self.value > 0 else (self.low + self.high) / 2
        for name in known:
            yield known[name].made(number)
        if not math.isnan(self.value):
            for end in super().tried(scenario):
                try:
                    yield self.meant(end)
                except ScenarioError:
                    continue


@dataclass(frozen=True)
class Choice(Knob):
    """One of several words, the *options*, each of which stands for one of the *values*. *verb*: what turns it, where
    more than its field changes with it."""

    options: tuple[str, ...]
    value: str
    values: tuple[Any, ...]
    verb: str

    def edit(self, value: Any) -> Edit:
        return Edit.of(self.verb, value) if self.verb else super().edit(value)

    def meant(self, given: Any) -> Any:
        if given not in self.options:
            raise self.wrong(given, f"one of {', '.join(self.options)}")
        return self.values[self.options.index(given)]

    def tried(self, scenario: Scenario) -> Iterator[Any]:
        yield from self.values


@dataclass(frozen=True)
class Listed(Knob):
    """Several texts or, where *of* says so, numbers; as a hand writes them, with commas."""

    of: str
    value: str

    def meant(self, given: Any) -> Any:
        parts = [part for each in str(given).split(",") if (part := each.strip())]
        if self.of != "numbers":
            return tuple(parts)
        try:
            return tuple(map(float, parts))
        except ValueError:
            raise self.wrong(given, "numbers with commas between them, or nothing,") from None

    def tried(self, scenario: Scenario) -> Iterator[Any]:
        """Each channel that an application takes, alone; of numbers, each server another share."""
        if self.of == "numbers":
            several = len(getattr(scenario[self.component], "servers", ()))
            yield tuple(float(2**place) for place in range(several))
        else:
            for channel in _channels(scenario):
                yield (channel,)


def knobs_of(component: Component) -> list[Any]:
    """A knob for each field that says how to turn it, and holds what can be turned."""
    found: list[Knob] = []
    for each in fields(component):
        about, value = each.metadata, getattr(component, each.name)
        named = component.name, each.name, about.get("doc", "")
        if "options" in about:
            words, values = tuple(about["options"]), tuple(about["options"].values())
            if value in values:  # else it is one that somebody made
                found.append(Choice(*named, words, words[values.index(value)], values, about["verb"]))
        elif "listed" in about:
            found.append(Listed(*named, about["listed"], ", ".join(map(_word, value))))
        elif about.get("slider") and ("duration" in about or "arrivals" in about) and value is not None:
            found.append(_varying(named, about, value))
        elif about.get("slider") and isinstance(value, (int, float)) and not isinstance(value, bool):
            low, high = about["slider"]
            whole = bool(about.get("number", {}).get("whole"))
            found.append(Number(*named, about["unit"], min(low, value), max(high, value), value, whole))
    return found


def _varying(named: tuple[str, str, str], about: Any, law: Any) -> Varying:
    low, high = about["slider"]
    number = laws.number_of(law)
    value = math.nan if number is None else number
    ends = (low, high) if number is None else (min(low, number), max(high, number))
    return Varying(*named, about["unit"], *ends, value, False, law)


def _word(value: object) -> str:
    return plain(value) if isinstance(value, float) else str(value)


def _channels(scenario: Scenario) -> Iterator[str]:
    """The channels that applications take messages from."""
    layers: list[Any] = [each for each in scenario.components if provides(each, "layer")]
    for each in scenario.components:
        if provides(each, "application") and layers:
            application: Any = each
            yield from application.router_of(era_called(layers[0].era)).channels


def trials(scenario: Scenario, knob: Knob) -> Iterator[Scenario]:
    """The *scenario* with the knob turned elsewhere, as far as that is legal."""
    now = getattr(scenario[knob.component], knob.field)
    for value in knob.tried(scenario):
        try:
            turned = knob.edit(value).apply(scenario)
        except (ScenarioError, ValueError, TypeError):
            continue
        if getattr(turned[knob.component], knob.field) != now:
            yield turned


SLOW = 0.5
"""Seconds that code takes under strain: then something waits wherever a handful of requests a second come."""


def strained(scenario: Scenario) -> Scenario:
    """*scenario* where all code waits for :data:`SLOW`, so that queues fill and patience ends.

    What matters only then, an expiry say, is to be found too.
    """
    slow: dict[str, Any] = {"io": Constant(SLOW)}
    return scenario.with_(
        components=tuple(
            replace(each, **slow) if hasattr(each, "io") else each for each in scenario.components
        )
    )
