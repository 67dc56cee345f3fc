"""Data binding: whoever moves a slider moves it for everybody, by way of the database.

A frame goes to its stream's channel, where a consumer saves the value; whatever
is saved, there or in the admin's view, all sockets are told, the mover's too.
Of the channels-examples of July 2016, with the demultiplexer of Channels 0.17.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from chansim.channels import Message
from chansim.channels.generic.websockets import WebsocketDemultiplexer
from chansim.channels.routing import route, route_class


class Demultiplexer(WebsocketDemultiplexer):
    """The WebSocket: in the group of those who are told of values, and with one stream, ``intval``."""

    mapping = {"intval": "binding.intval"}
    groups = ("binding.values",)


@dataclass(frozen=True)
class IntegerValue:
    """A row of the table of values."""

    pk: int
    value: int

    def save(self) -> None:
        """Tell all who are bound to the table. Of the database there is only what the consumer costs."""
        about = {
            "action": "update",
            "pk": self.pk,
            "data": {"value": self.value},
            "model": "values.integervalue",
        }
        Demultiplexer.group_send("binding.values", "intval", about)


def intval(message: Message) -> None:
    """Save what a client has moved."""
    IntegerValue(message["pk"], message["data"]["value"]).save()


channel_routing = (
    route_class(Demultiplexer, path=r"^/binding/"),
    route("binding.intval", intval, action=r"^update$"),
)


def admin(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The view in which an editor changes a value: those who are bound are told in the same way."""
    form = dict(parse_qsl(environ["wsgi.input"].read().decode()))
    IntegerValue(int(form["pk"]), int(form["value"])).save()
    start_response("302 Found", [("Location", "/admin/")])
    return [b""]


def moves(member: int, number: int) -> str:
    """What a member's browser sends: the value its slider was moved to."""
    payload = {"pk": 1, "action": "update", "data": {"value": (member + number) % 100}}
    return json.dumps({"stream": "intval", "payload": payload})
