"""Peer: one end of the wire, and what it has lent to the other end.

Functions, classes and objects do not cross: they stay where they are, and the other end gets a :class:`Borrowed`
in their place, which calls them here. A consumer's message crosses as what it says; what the consumer then sends
goes back over the wire, to the layer that the message came from.

The runner lends all that a learner made. The judge lends little, and says of each thing what may be called: a
function, so that it can be called, a generator, so that it can be read, an object with ``FOR_LEARNERS`` these
methods, a layer the four calls that a consumer makes. Whatever else the runner asks for is refused.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from contextlib import nullcontext
from threading import RLock
from typing import Any, Protocol, cast

from chansim.channels import Message
from chansim.channels.message import layer_in_use, using
from chansim.channels.session_store import SessionStore
from chansim.course.grading import wire
from chansim.course.numerals import name_of
from chansim.layer.contract import ChannelFull
from chansim.layer.eras import JUNE_2016

Told = dict[str, Any]

ANY = None
"""Instead of the names of methods: all of them."""

OF_A_LAYER = ("send", "send_group", "group_add", "group_discard")


class Ends(Protocol):
    """What a peer needs of its process: to say something to the other one, and to hear what that says."""

    def say(self, message: Told) -> None: ...
    def hear(self) -> Told: ...


class Peer:
    """One end. *ends*: how to say and hear. *offers*: which methods of a value the other end may call, "" for the
    value itself, :data:`ANY` for all; an empty tuple if it is not lent at all."""

    def __init__(self, ends: Ends, offers: Callable[[Any], tuple[str, ...] | None]):
        self._ends, self._offers = ends, offers
        self._lent: list[tuple[Any, tuple[str, ...] | None]] = []
        self._numbers: dict[int, int] = {}
        self._relays: dict[int, Relay] = {}
        self._talking = RLock()  # consumers of an executed run are called by several threads

    # -- what crosses

    def packed(self, value: Any) -> Any:
        """*value* as the wire can hold it. Raises NotData for what is neither data nor lent."""
        return wire.packed(value, self._reference)

    def unpacked(self, told: Any) -> Any:
        """The reverse. Raises NotData."""
        return wire.unpacked(told, self._referred)

    def _reference(self, value: Any) -> Told:
        if isinstance(value, Borrowed) and value._peer is self:
            return {"yours": value._number}
        if isinstance(value, Message):
            return {
                "message": [self.packed(value.content), value.channel_name, self._reference(_layer_of(value))]
            }
        offers = self._offers(value)
        if offers == ():
            raise wire.NotData
        number = self._numbers.setdefault(id(value), len(self._lent))
        if number == len(self._lent):
            self._lent.append((value, offers))  # kept, so that its id stays its own
        return {
            "lent": number,
            "is": [callable(value), hasattr(value, "__next__")],
            "of": name_of(type(value))[:60],
            "name": name_of(value)[:60],
            "offers": ANY if offers is ANY else list(offers),
        }

    def _referred(self, told: Told) -> Any:
        try:
            if "yours" in told:
                return self._lent[told["yours"]][0]
            if "message" in told:
                content, channel, layer = told["message"]
                relay = self._relays.setdefault(layer["lent"], Relay(self._referred(layer)))
                return Message(self.unpacked(content), str(channel), cast(Any, relay))
            kind = KINDS[tuple(map(bool, told["is"]))]
            made: Borrowed = type(str(told["of"]), (kind,), {})(self, told)
            return made
        except (KeyError, IndexError, TypeError, ValueError):
            raise wire.NotData from None

    # -- calls

    def call(self, number: int, method: str, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call there what was borrowed from there. Raises what it raises, NothingMore, and NotData."""
        given = {"with": self.packed(values), "named": self.packed(named)}
        with self._talking:
            came = self.ask({"call": number, "method": method, **given})
        if "raised" in came:
            raise wire.error_of(came["raised"], came.get("words", ""))
        after = came.get("after")
        for value, now in zip(values, after if isinstance(after, list) else (), strict=False):
            _bring_up_to_date(value, self.unpacked(now))
        return self.unpacked(came.get("result"))

    def ask(self, question: Told) -> Told:
        """The other end's reply to *question*; whatever it asks meanwhile is answered."""
        self._ends.say(question)
        while "call" in (message := self._ends.hear()):
            self.answer(message)
        return message

    def answer(self, question: Told) -> None:
        """Do what the other end asks for, and say what came of it."""
        try:
            reply = self._called(question)
        except (Exception, SystemExit) as error:
            if isinstance(error, wire.NothingMore):
                raise
            reply = {"raised": type(error).__name__, "words": words_of(error)}
        try:
            self._ends.say(reply)
        except wire.NotData:
            self._ends.say({"raised": "ValueError", "words": "what it gave is too large to be judged"})

    def _called(self, question: Told) -> Told:
        value, offers = self._lent[int(question["call"])]
        method = str(question["method"])
        if (offers is not ANY and method not in offers) or (method.startswith("_") and method != "__next__"):
            raise AttributeError(f"{method or 'a call'} is not offered")
        values, named = self.unpacked(question["with"]), self.unpacked(question["named"])
        layer = next((each.channel_layer for each in values if isinstance(each, Message)), None)
        with using(layer) if layer else nullcontext():
            result = (getattr(value, method) if method else value)(*values, **named)
        return {"result": self.packed(result), "after": [_changeable(each) for each in values]}


class Borrowed:
    """Something that stayed in the other process. Its type has the name that its type has there."""

    def __init__(self, peer: Peer, told: Told):
        self._peer, self._number = peer, int(told["lent"])
        self._methods = told["offers"]
        self.__name__ = str(told["name"])

    def __getattr__(self, method: str) -> Any:
        if method.startswith("_") or (self._methods is not ANY and method not in self._methods):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {method!r}")
        return lambda *values, **named: self._peer.call(self._number, method, values, named)


class BorrowedFunction(Borrowed):
    """A function or a class that stayed there: calling it calls it there."""

    def __call__(self, *values: Any, **named: Any) -> Any:
        return self._peer.call(self._number, "", values, named)


class BorrowedIterator(Borrowed):
    """A generator that stayed there: its items come one by one."""

    def __iter__(self) -> BorrowedIterator:
        return self

    def __next__(self) -> Any:
        return self._peer.call(self._number, "__next__", (), {})


KINDS: dict[tuple[bool, ...], type[Borrowed]] = {
    (False, False): Borrowed,
    (True, False): BorrowedFunction,
    (False, True): BorrowedIterator,
}


class Relay:
    """The layer of a consumer that runs here, and whose messages are the other end's: of June 2016."""

    era = JUNE_2016
    ChannelFull = ChannelFull

    def __init__(self, layer: Any):
        self.send, self.send_group = layer.send, layer.send_group
        self.group_add, self.group_discard = layer.group_add, layer.group_discard
        self.sessions = SessionStore()


def lent_by_the_judge(value: Any) -> tuple[str, ...]:
    """What a learner's code may call of the judge's own."""
    if isinstance(value, (types.FunctionType, types.MethodType)):
        return ("",)
    if isinstance(value, types.GeneratorType):
        return ("__next__", "close")
    if all(hasattr(value, method) for method in OF_A_LAYER):
        return OF_A_LAYER
    return tuple(getattr(type(value), "FOR_LEARNERS", ()))


def lent_by_the_runner(value: Any) -> None:
    """All that a learner made may be called: the judge asks for what it likes."""
    return ANY


def _layer_of(message: Message) -> Any:
    return layer_in_use(message._channel_layer)


def _changeable(value: Any) -> Any:
    """A list, dict or set of data, as it is now; None for anything else: that cannot have been changed."""
    try:
        return wire.packed(value) if type(value) in (list, dict, set) else None
    except wire.NotData:
        return None


def _bring_up_to_date(value: Any, now: Any) -> None:
    """A list, dict or set that was changed there, as a function may do, is changed here."""
    if type(value) is type(now) and type(value) in (list, dict, set) and value != now:
        value.clear()
        (value.extend if type(value) is list else value.update)(now)


def words_of(error: BaseException) -> str:
    """What an error says, whatever its ``__str__`` does."""
    try:
        return str(error)[:300]
    except Exception:
        return ""
