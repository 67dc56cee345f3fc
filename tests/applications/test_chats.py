"""The talk's chat and its variants: rooms from the path, and a channel
of its own for what was said."""

from functools import wraps

from applications.script import in_both_worlds, play
from chansim.applications import chat, chat_messages, rooms
from chansim.channels import Message, costs, route
from chansim.channels.routing import Route
from model.tiny import books

THREE = (("ann", "/chat/"), ("bob", "/chat/"), ("cat", "/chat/"))
TWO_ROOMS = (("ann", "/red/"), ("bob", "/red/"), ("cat", "/blue/"))
HASTE = (("ann", "/red/"), ("ann", "too early"))


@in_both_worlds
def test_a_line_of_the_chat_is_one_message_and_one_for_each_client(world: str) -> None:
    told = play(world, chat.channel_routing, *THREE, ("ann", "hello"), ("bob", "close"), ("cat", "bye"))
    assert told.messages("ann", "hello") == {"websocket.receive": 1, "websocket.send": 3}
    assert told.messages("cat", "bye") == {"websocket.receive": 1, "websocket.send": 2}
    assert told.told("ann") == ["[user] hello", "[user] bye"]
    assert told.told("bob") == ["[user] hello"]
    assert told.run.problems == ()


@in_both_worlds
def test_a_line_stays_in_the_room_that_the_path_names(world: str) -> None:
    told = play(world, rooms.channel_routing, *TWO_ROOMS, ("ann", "hello"), ("cat", "blue"), ("bob", "close"))
    assert told.messages("ann", "hello") == {"websocket.receive": 1, "websocket.send": 2}
    assert told.messages("cat", "blue") == {"websocket.receive": 1, "websocket.send": 1}
    assert (told.told("ann"), told.told("bob"), told.told("cat")) == (["hello"], ["hello"], ["blue"])
    assert [row.detail for row in told.run.trace.rows(event="left")] == ["chat-red"]
    assert told.run.problems == ()


def slowly(connect: Route) -> Route:
    """The route to a consumer that has to wait 0.4 s first, for the database say."""

    @costs(io=0.4)
    @wraps(connect.consumer)
    def slow(message: Message) -> None:
        connect.consumer(message)

    return route(connect.channels, slow)


@in_both_worlds
def test_who_speaks_before_the_connect_is_consumed_is_in_no_room_yet(world: str) -> None:
    """A second worker takes the frame meanwhile (channels#120)."""
    connect, *others = rooms.channel_routing
    told = play(world, (slowly(connect), *others), *HASTE, workers=2, step=0.01, after=1.0)
    assert told.told("ann") == []
    assert books(told.run.trace).lost == {"consumer failed": 1}
    assert [problem for problem, _ in told.run.problems if "KeyError('room')" in problem]


@in_both_worlds
def test_with_slight_ordering_the_frame_waits_for_the_connect(world: str) -> None:
    connect, *others = rooms.ordered_routing
    told = play(world, (slowly(connect), *others), *HASTE, workers=2, step=0.01, after=1.0)
    assert told.told("ann") == ["too early"]
    assert books(told.run.trace).lost == {}
    assert told.run.problems == ()


@in_both_worlds
def test_a_line_by_way_of_chat_messages_is_one_message_more(world: str) -> None:
    told = play(world, chat_messages.channel_routing, *TWO_ROOMS, ("ann", "hello"), ("cat", "close"))
    assert told.messages("ann", "hello") == {"websocket.receive": 1, "chat-messages": 1, "websocket.send": 2}
    assert (told.told("ann"), told.told("bob"), told.told("cat")) == (["hello"], ["hello"], [])
    assert told.run.problems == ()
