"""Calls: what is called on a channel layer by hand, one call after the other, and how the layer stands after each.

The layer is a real one, :class:`~chansim.layer.core.LayerCore`; only its clock is a number, which ``wait`` moves. What
may live here: reading the calls, making them, and the picture of where the layer stands. What is seen comes from the
trace that the layer writes, as everywhere. ``chansim.widgets.stepper`` goes through the pictures, a press for a call.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from random import Random
from typing import Any

from chansim.figure import Figure
from chansim.layer.core import LayerCore
from chansim.layer.eras import JUNE_2016
from chansim.palette import INK, PAPER, QUIET, ROLES, RULE
from chansim.svg import Drawing, shortened, text_width
from chansim.trace import JOINED, LEFT, LOST, RECEIVED, SENT, Recorder

VERBS = {
    "send": "a channel and a message",
    "receive_many": "a list of channels",
    "group_add": "a group and a channel",
    "group_discard": "a group and a channel",
    "send_group": "a group and a message",
    "wait": "a number of seconds",
}
"""The five calls of slide 19, and what moves the clock; and what each is given."""

LONGEST = 1_000_000  #: seconds that one may wait at a time

MOST = 60
"""How many calls there may be: more is a program."""

WIDTH = 740.0
NAME = 150.0  #: of a channel: the width of what is written before its places
PLACE, HIGH = 52.0, 34.0  #: the size of a place for a message
SHOWN = 10  #: places of a channel that are drawn


@dataclass(frozen=True)
class Call:
    """One call: a *verb* and what it is given; ``str`` of it is Python."""

    verb: str
    values: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.verb}({', '.join(map(_written, self.values))})"

    @classmethod
    def read(cls, text: object) -> Call:
        """The call that is written: ``send("news", {"n": 1})``, or with ``layer.`` before it.

        Raises ValueError, in words, for anything else: it is read, and never executed.
        """
        try:
            node = ast.parse(str(text).strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError(f"{text}: that is no Python; a call looks like {EXAMPLE}") from None
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "layer":
            function = ast.Name(function.attr)
        if not isinstance(node, ast.Call) or not isinstance(function, ast.Name) or node.keywords:
            raise ValueError(f"{text}: that is no call; one looks like {EXAMPLE}")
        if function.id not in VERBS:
            near = get_close_matches(function.id, VERBS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(VERBS)}."
            raise ValueError(f"{text}: there is no call {function.id}: {hint}")
        try:
            values = tuple(ast.literal_eval(each) for each in node.args)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            raise ValueError(f"{text}: write the values out, as in {EXAMPLE}") from None
        needs = VERBS[function.id]
        if len(values) != 1 + (" and " in needs):
            raise ValueError(f"{text}: {function.id} is given {needs}")
        if function.id == "wait" and not (type(values[0]) in (int, float) and 0 <= values[0] <= LONGEST):
            raise ValueError(f"{text}: wait is given {needs}, from 0 to {LONGEST:,}")
        return cls(function.id, values)


EXAMPLE = 'send("news", {"n": 1})'


def _lines(calls: Any) -> Iterable[object]:
    if isinstance(calls, str) or not hasattr(calls, "__iter__"):
        raise ValueError(f"calls={calls!r}: several lines are needed, such as ['{EXAMPLE}', 'wait(61)']")
    return calls  # type: ignore[no-any-return]


@dataclass(frozen=True)
class State:
    """How a layer stands after a call.

    *call* and what it *gave*, in words; the moment *now*; for each channel what *waits* in it, as pairs of a message's
    number and the moment it was sent; the *groups* and their members; which messages are *new*, and which are *gone*
    since this call: by number, the channel and why. *said*: what each message says.
    """

    call: str
    gave: str
    now: float
    waits: dict[str, list[tuple[int, float]]]
    groups: dict[str, list[str]]
    new: frozenset[int]
    gone: dict[int, tuple[str, str]]
    said: dict[int, str]


@dataclass(frozen=True)
class Calls:
    """*calls*: each as a line of Python. *capacity* and *expiry*: the layer's.

    Raises ValueError, in words, for a line that is no call, for too many of them, and what a layer raises for its own.
    """

    calls: tuple[str, ...] = ()
    capacity: int = JUNE_2016.memory_capacity
    expiry: float = JUNE_2016.expiry
    _read: tuple[Call, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        read = tuple(map(Call.read, _lines(self.calls)))
        if len(read) > MOST:
            raise ValueError(f"{len(read)} calls: there may be {MOST}")
        object.__setattr__(self, "calls", tuple(map(str, read)))
        object.__setattr__(self, "_read", read)
        _ = self.states

    def with_call(self, call: str, place: int) -> Calls:
        """The same with one more call, after the first *place* of them."""
        return Calls((*self.calls[:place], call, *self.calls[place:]), self.capacity, self.expiry)

    def without(self, place: int) -> Calls:
        """The same without one of the calls, the first being 0."""
        return Calls((*self.calls[:place], *self.calls[place + 1 :]), self.capacity, self.expiry)

    @cached_property
    def states(self) -> tuple[State, ...]:
        """How the layer stands before the first call, and after each."""
        recorder = Recorder()
        layer = LayerCore(capacity=self.capacity, expiry=self.expiry, random=Random(1), recorder=recorder)
        state = State("", "Nothing has been called yet.", 0.0, {}, {}, frozenset(), {}, {})
        found, rows = [state], 0
        for call in self._read:
            now = state.now + (call.values[0] if call.verb == "wait" else 0)
            gave = f"It is {now:g} s now." if call.verb == "wait" else _made(layer, call, now)
            layer.sweep(now)
            columns, names = recorder.written(rows), recorder.names()
            state = _after(state, call, gave, now, columns, names)
            found.append(state)
            rows += len(columns["t"])
        return tuple(found)

    def picture(self, step: int | None = None) -> Figure:
        """How the layer stands after the first *step* calls; after all, if left out. Raises ValueError for others."""
        last = len(self.calls)
        step = last if step is None else step
        if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step <= last:
            raise ValueError(
                f"step={step!r}: it must be a whole number from 0 to {last}, the number of calls"
            )
        words = self.words(step)
        return Figure(self._drawn(step).text(f"A channel layer, after {step} of {last} calls", words), words)

    def words(self, step: int) -> str:
        """The same in words."""
        state = self.states[step]
        begun = f"{state.call}: {state.gave}" if state.call else state.gave
        found = [f"After {step} of {len(self.calls)} calls, at {state.now:g} s. {begun}"]
        for message, (channel, cause) in state.gone.items():
            found.append(f"{state.said[message]} on {channel}: {cause}.")
        for channel, places in state.waits.items():
            told = ", ".join(f"{state.said[message]} ({state.now - t:g} s old)" for message, t in places)
            found.append(f"{channel}: {len(places)} of {self.capacity}: {told or 'empty'}.")
        for group, members in state.groups.items():
            found.append(f"Group {group}: {', '.join(members) or 'nobody'}.")
        return " ".join(found)

    def _drawn(self, step: int) -> Drawing:
        state = self.states[step]
        lines = max(len(self._channels), 1)
        groups = self._groups
        high = 92 + lines * (HIGH + 22) + (16 + 22 * len(groups) if groups else 0) - 4
        drawing = Drawing(WIDTH, high)
        title = shortened(state.call or "A channel layer", 560, 15, True)
        drawing.write(14, 26, title, 15, font_weight="bold", fill=INK)
        drawing.write(14, 48, shortened(state.gave[0].upper() + state.gave[1:], 700), fill=INK)
        drawing.write(WIDTH - 14, 26, f"clock: {state.now:g} s", 13, text_anchor="end", fill=INK)
        drawing.rect(
            6, 62, WIDTH - 12, high - 68, rx=8, fill=ROLES["layer"].tint, stroke=ROLES["layer"].strong
        )
        if not self._channels:
            drawing.write(20, 92, "No channel has been named yet.", fill=QUIET)
        for place, channel in enumerate(self._channels):
            self._line(drawing, state, channel, 76 + place * (HIGH + 22))
        for place, group in enumerate(groups):
            members = ", ".join(state.groups.get(group, ())) or "nobody"
            y = 92 + lines * (HIGH + 22) + 22 * place
            drawing.write(
                20, y, shortened(f"group {group}", NAME - 10, 12, True), font_weight="bold", fill=INK
            )
            drawing.write(14 + NAME, y, shortened(members, WIDTH - NAME - 40), fill=INK)
        return drawing

    def _line(self, drawing: Drawing, state: State, channel: str, y: float) -> None:
        """One channel: its places, those who have been in it longest first."""
        waiting = state.waits.get(channel, [])
        drawing.write(20, y + 21, shortened(channel, NAME - 14, 12, True), font_weight="bold", fill=INK)
        left = 14 + NAME
        taken = [message for message, (where, how) in state.gone.items() if where == channel and how == TAKEN]
        for place in range(min(self.capacity, SHOWN)):
            x = left + place * (PLACE + 4)
            here = waiting[place] if place < len(waiting) else None
            strong = here is not None and here[0] in state.new
            drawing.rect(
                x, y, PLACE, HIGH, rx=4, fill=ROLES["layer"].strong if here else PAPER, stroke=INK if strong else RULE,
                stroke_width=2.5 if strong else 1, stroke_dasharray="" if here else "3 3",
            )  # fmt: skip
            if here:
                message, age = here[0], state.now - here[1]
                said = shortened(state.said[message], PLACE - 4, 11)
                drawing.write(x + PLACE / 2, y + 15, said, 11, text_anchor="middle", fill=ROLES["layer"].text)
                drawing.write(
                    x + PLACE / 2, y + 29, f"{age:g} s", 11, text_anchor="middle", fill=ROLES["layer"].text
                )
        beyond = len(waiting) - SHOWN
        if beyond > 0:
            drawing.write(WIDTH - 18, y - 3, f"and {beyond} more", 11, text_anchor="end", fill=QUIET)
        lost = [
            (message, how)
            for message, (where, how) in state.gone.items()
            if where == channel and how != TAKEN
        ]
        told = [f"{state.said[message]} {TAKEN}" for message in taken]
        if told:
            drawing.write(left, y + HIGH + 14, "← " + ", ".join(told), 11, fill=INK)
        if lost:
            x = left + (text_width("← " + ", ".join(told), 11) + 24 if told else 0)
            drawing.cross(x + 6, y + HIGH + 10, 4, stroke=ROLES["lost"].strong)
            words = "; ".join(f"{state.said[message]}: {how}" for message, how in lost)
            drawing.write(x + 16, y + HIGH + 14, shortened(words, WIDTH - x - 40, 11), 11, fill=INK)

    @cached_property
    def _channels(self) -> list[str]:
        """Every channel that a message was ever put on, in that order: so that a picture keeps its shape."""
        return list(dict.fromkeys(channel for state in self.states for channel in state.waits))

    @cached_property
    def _groups(self) -> list[str]:
        return list(dict.fromkeys(group for state in self.states for group in state.groups))


TAKEN = "taken"


def _written(value: Any) -> str:
    """As Python has it, with the quotes that the course has."""
    return json.dumps(value, ensure_ascii=False) if _is_plain(value) else repr(value)


def _is_plain(value: Any) -> bool:
    """Whether JSON's way to write it is Python's: texts and whole numbers, in lists and dicts."""
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_plain(v) for k, v in value.items())
    return type(value) in (str, int) or (isinstance(value, list) and all(map(_is_plain, value)))


def _made(layer: LayerCore, call: Call, now: float) -> str:
    """Make the call, and say what it gave. An error of the layer's is what it gave."""
    try:
        came = getattr(layer, call.verb)(*call.values, now=now)
    except Exception as error:
        return f"raised {type(error).__name__}."
    if call.verb != "receive_many":
        return "gave None."
    return f"gave {(None, None) if came is None else (came.channel, came.content)!r}."


def _after(
    before: State, call: Call, gave: str, now: float, columns: Mapping[str, Sequence[Any]], names: list[str]
) -> State:
    """How it stands after a *call*, read off the rows that the call has left."""
    waits = {channel: list(places) for channel, places in before.waits.items()}
    groups = {group: list(members) for group, members in before.groups.items()}
    said, gone = dict(before.said), dict[int, tuple[str, str]]()
    for t, event, channel, message, detail in zip(
        *(columns[each] for each in ("t", "event", "channel", "message", "detail")), strict=True
    ):
        where, what = names[channel], names[detail]
        if event == SENT:
            waits.setdefault(where, []).append((message, t))
            said[message] = _short(call.values[-1])
        elif event in (RECEIVED, LOST):
            waits[where] = [each for each in waits[where] if each[0] != message]
            gone[message] = where, TAKEN if event == RECEIVED else f"lost, {what}"
        elif event == JOINED:
            groups[what] = [*(each for each in groups.get(what, ()) if each != where), where]
        elif event == LEFT:
            groups[what] = [each for each in groups[what] if each != where]
    new = frozenset(said) - frozenset(before.said)
    return State(str(call), gave, now, waits, groups, new, gone, said)


def _short(content: Any) -> str:
    """What a message says, as short as it goes: the one value of a dict of one."""
    values = list(content.values()) if isinstance(content, dict) else [content]
    return str(values[0]) if len(values) == 1 else repr(content)


def layer_after(
    calls: Iterable[str], step: int | None = None, *, capacity: int = JUNE_2016.memory_capacity,
    expiry: float = JUNE_2016.expiry,
) -> Figure:  # fmt: skip
    """A picture of how a layer stands after the first *step* of these *calls*; after all of them, if left out.

    *calls* are lines of Python, such as ``send("news", {"n": 1})`` or ``wait(61)``. The same without a press for each
    call; see ``chansim.widgets.stepper``. Raises ValueError, in words, for a line that is no call.
    """
    return Calls(calls, capacity, expiry).picture(step)  # type: ignore[arg-type]
