"""Multichat: one WebSocket, many rooms. A frame says what to do, as JSON: join a room, leave it, or send to it.

    {"command": "join", "room": 1}
    {"command": "send", "room": 1, "message": "hello"}

``ws_receive`` only puts a frame on ``chat.receive``, where its command finds
the consumer: two hops for each frame. Of the channels-examples of July 2016.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from chansim.channels import Channel, Group, Message, include, route
from chansim.channels.auth import AnonymousUser, User, channel_session_user, channel_session_user_from_http

MESSAGE, WARNING, ALERT, MUTED, ENTER, LEAVE = range(6)
"""What a message in a room can be: its ``msg_type``."""


class ClientError(Exception):
    """Something that the client is told as {"error": code}."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Room:
    """A room, of which some are for the staff only."""

    id: int
    title: str
    staff_only: bool = False

    @property
    def group(self) -> Group:
        """Those who are in it."""
        return Group(f"room-{self.id}")

    def send(self, message: str, user: User | AnonymousUser, msg_type: int = MESSAGE) -> None:
        """Tell everybody in it."""
        about = {"room": str(self.id), "message": message, "username": user.username, "msg_type": msg_type}
        self.group.send({"text": json.dumps(about)})


ROOMS = {room.id: room for room in (Room(1, "Lobby"), Room(2, "Garden"), Room(3, "Office", staff_only=True))}
"""What stood in the database."""


def room_for(message: Message) -> Room:
    """The room that a frame names. Raises ClientError for one that its user may not enter."""
    if not message.user.is_authenticated:
        raise ClientError("USER_HAS_TO_LOGIN")
    room = ROOMS.get(message["room"])
    if room is None:
        raise ClientError("ROOM_INVALID")
    if room.staff_only and not message.user.is_staff:
        raise ClientError("ROOM_ACCESS_DENIED")
    return room


def tells_the_client(consumer: Callable[[Message], None]) -> Callable[[Message], None]:
    """The client is told of a ClientError, and of no other."""

    @wraps(consumer)
    def telling(message: Message) -> None:
        try:
            consumer(message)
        except ClientError as error:
            reply(message, error=error.code)

    return telling


def reply(message: Message, **content: Any) -> None:
    """Answer the one who sent *message*."""
    message.reply_channel.send({"text": json.dumps(content)})


# -- the WebSocket


@channel_session_user_from_http
def ws_connect(message: Message) -> None:
    """A new socket is in no room yet; whose it is, its browser's session says."""
    message.channel_session["rooms"] = []


def ws_receive(message: Message) -> None:
    """Put a frame on ``chat.receive``, as a message."""
    payload = json.loads(message["text"])
    Channel("chat.receive").send({**payload, "reply_channel": message["reply_channel"]})


@channel_session_user
def ws_disconnect(message: Message) -> None:
    """Take the socket out of all its rooms."""
    for room in message.channel_session.get("rooms", ()):
        ROOMS[room].group.discard(message.reply_channel)


# -- its commands


@channel_session_user
@tells_the_client
def chat_join(message: Message) -> None:
    """Tell a room who comes, and add the socket to it."""
    room = room_for(message)
    room.send("", message.user, ENTER)
    room.group.add(message.reply_channel)
    message.channel_session["rooms"] = sorted({*message.channel_session["rooms"], room.id})
    reply(message, join=str(room.id), title=room.title)


@channel_session_user
@tells_the_client
def chat_leave(message: Message) -> None:
    """Tell a room who goes, and take the socket out of it."""
    room = room_for(message)
    room.send("", message.user, LEAVE)
    room.group.discard(message.reply_channel)
    message.channel_session["rooms"] = sorted({*message.channel_session["rooms"]} - {room.id})
    reply(message, leave=str(room.id))


@channel_session_user
@tells_the_client
def chat_send(message: Message) -> None:
    """Tell a room what somebody in it says."""
    if message["room"] not in message.channel_session["rooms"]:
        raise ClientError("ROOM_ACCESS_DENIED")
    room_for(message).send(message["message"], message.user)


websocket_routing = (
    route("websocket.connect", ws_connect),
    route("websocket.receive", ws_receive),
    route("websocket.disconnect", ws_disconnect),
)

channel_routing = (
    include(websocket_routing, path=r"^/chat/stream"),
    route("chat.receive", chat_join, command=r"^join$"),
    route("chat.receive", chat_leave, command=r"^leave$"),
    route("chat.receive", chat_send, command=r"^send$"),
)


def joins_and_talks(member: int, number: int) -> str:
    """What a member's browser sends: first the command to join the lobby, then lines for it."""
    if number == 1:
        return json.dumps({"command": "join", "room": 1})
    return json.dumps({"command": "send", "room": 1, "message": f"{member} says its line {number - 1}"})
