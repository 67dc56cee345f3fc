"""Envelope: a message on its way. Listener: who waits for those of many channels."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from chansim.layer.contract import Content


class Envelope(NamedTuple):
    """A message on its way: what it says, and what the layer needs to know of it."""

    channel: str
    code: int  #: the channel's, in the trace
    content: Content
    message: int
    request: int
    expires: float
    shared: bool  #: other envelopes hold the same content: it is copied before it is handed out


new_envelope: Callable[[tuple[object, ...]], Envelope] = partial(tuple.__new__, Envelope)
"""An Envelope of a tuple of its fields, without the Python function that a NamedTuple's constructor is."""


class Listener:
    """A standing interest in queues that have this one reader, as an interface server has in its clients'.

    It knows which of them hold something, so that a receive costs the same for
    one client and for a hundred thousand. Queues take turns, in the order in
    which they began to hold something.
    """

    __slots__ = ("holding",)

    def __init__(self) -> None:
        # not a dict, which is slow at losing its first key
        self.holding: OrderedDict[str, None] = OrderedDict()
