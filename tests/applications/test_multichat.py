"""Multichat: one WebSocket, many rooms, two hops for each frame."""

import json
from typing import Any

import pytest

from applications.script import in_both_worlds, play
from chansim.applications.multichat import ENTER, LEAVE, MESSAGE, channel_routing
from chansim.model.users import Users
from model.tiny import books

USERS = Users(name="users", names=("ann", "bob", "cat"), staff=("eve",))
ANN, BOB, EVE, NOBODY = (
    (who, f"/chat/stream/{query}")
    for who, query in (
        ("ann", "?session_key=ann"),
        ("bob", "?session_key=bob"),
        ("eve", "?session_key=eve"),
        ("nobody", ""),
    )
)


def says(command: str, room: int, **about: str) -> str:
    """The frame with that command."""
    return json.dumps({"command": command, "room": room, **about})


JOIN, SEND, LEAVE_IT = says("join", 1), says("send", 1, message="hello"), says("leave", 1)


def notice(username: str, msg_type: int, message: str = "", room: str = "1") -> dict[str, Any]:
    """What a room is told."""
    return {"room": room, "message": message, "username": username, "msg_type": msg_type}


@in_both_worlds
def test_a_line_is_two_messages_and_one_for_each_who_is_in_the_room(world: str) -> None:
    told = play(world, channel_routing, ANN, BOB, ("ann", JOIN), ("bob", JOIN), ("ann", SEND), more=(USERS,))
    assert told.messages("ann", SEND) == {"websocket.receive": 1, "chat.receive": 1, "websocket.send": 2}
    assert [json.loads(text) for text in told.told("ann")] == [
        {"join": "1", "title": "Lobby"},
        notice("bob", ENTER),
        notice("ann", MESSAGE, "hello"),
    ]
    assert [json.loads(text) for text in told.told("bob")] == [
        {"join": "1", "title": "Lobby"},
        notice("ann", MESSAGE, "hello"),
    ]
    assert told.run.problems == ()


@in_both_worlds
def test_who_comes_is_announced_before_and_who_goes_before_leaving(world: str) -> None:
    """So who comes does not hear of it from the room, and who goes does."""
    told = play(
        world, channel_routing, ANN, BOB, ("ann", JOIN), ("bob", JOIN), ("bob", LEAVE_IT), more=(USERS,)
    )
    hops = {"websocket.receive": 1, "chat.receive": 1}
    assert told.messages("ann", JOIN) == {**hops, "websocket.send": 1}, "nobody there; the answer"
    assert told.messages("bob", JOIN) == {**hops, "websocket.send": 2}, "one there; the answer"
    assert told.messages("bob", LEAVE_IT) == {**hops, "websocket.send": 3}, "two there; the answer"
    assert [json.loads(text) for text in told.told("bob")][1:] == [notice("bob", LEAVE), {"leave": "1"}]


@pytest.mark.parametrize(
    ("who", "frame", "code"),
    [
        (NOBODY, JOIN, "USER_HAS_TO_LOGIN"),
        (ANN, says("join", 77), "ROOM_INVALID"),
        (ANN, says("join", 3), "ROOM_ACCESS_DENIED"),
        (ANN, SEND, "ROOM_ACCESS_DENIED"),
    ],
)
def test_what_may_not_be_done_is_answered_with_an_error(who: tuple[str, str], frame: str, code: str) -> None:
    """A stranger joins; a room that is none; a room for the staff; a room not joined."""
    told = play("simulated", channel_routing, who, (who[0], frame), more=(USERS,))
    assert told.told(who[0]) == [json.dumps({"error": code})]
    assert told.messages(who[0], frame) == {"websocket.receive": 1, "chat.receive": 1, "websocket.send": 1}
    assert told.run.problems == ()


def test_the_staff_may_enter_the_office() -> None:
    told = play("simulated", channel_routing, EVE, ("eve", says("join", 3)), more=(USERS,))
    assert told.told("eve") == [json.dumps({"join": "3", "title": "Office"})]


def test_who_closes_the_socket_leaves_every_room() -> None:
    told = play(
        "simulated",
        channel_routing,
        *(ANN, ("ann", JOIN), ("ann", says("join", 2)), ("ann", "close")),
        more=(USERS,),
    )
    assert [row.detail for row in told.run.trace.rows(event="left")] == ["room-1", "room-2"]


def test_a_frame_with_no_known_command_is_lost_at_its_second_hop() -> None:
    told = play("simulated", channel_routing, ANN, ("ann", says("shout", 1)), more=(USERS,))
    assert told.messages("ann", says("shout", 1)) == {"websocket.receive": 1, "chat.receive": 1}
    assert books(told.run.trace).lost == {"no consumer": 1}


def test_a_socket_at_another_address_is_taken_by_no_consumer() -> None:
    told = play("simulated", channel_routing, ("ann", "/elsewhere/"), more=(USERS,))
    assert books(told.run.trace).lost == {"no consumer": 1}


def test_a_command_before_the_connect_finds_no_rooms() -> None:
    """The race that was reported of this very example (channels#220): here the connect was lost."""
    connectless = channel_routing[1:] + tuple(
        each for each in channel_routing[0].routes if each.channels == ("websocket.receive",)
    )
    told = play("simulated", connectless, ANN, ("ann", SEND), more=(USERS,))
    assert [problem for problem, _ in told.run.problems if "KeyError('rooms')" in problem]
    assert told.told("ann") == []
