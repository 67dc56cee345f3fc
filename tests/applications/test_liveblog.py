"""Liveblog: one way only, from whoever saves a post to all readers."""

import json
from urllib.parse import urlencode

from applications.script import in_both_worlds, play
from chansim.applications.liveblog import Post, admin, channel_routing
from model.tiny import books

ANN, BOB, CAT = (
    ("ann", "/liveblog/kittens/stream/"),
    ("bob", "/liveblog/kittens/stream/"),
    ("cat", "/liveblog/election/stream/"),
)
POST = Post("kittens", "7", "Look!", "2016-06-23 18:30")
FORM = urlencode(vars(POST)).encode()


@in_both_worlds
def test_a_post_is_one_message_for_each_reader_beside_the_request_that_saves_it(world: str) -> None:
    told = play(world, channel_routing, ANN, BOB, CAT, ("editor", FORM), wsgi=admin)
    assert told.messages("editor", FORM) == {"http.request": 1, "websocket.send": 2, "http.response": 1}
    (text,) = told.told("ann")
    assert json.loads(text) == {"id": "7", "html": "<p>Look!</p>", "created": "2016-06-23 18:30"}
    assert (told.told("bob"), told.told("cat"), told.told("editor")) == ([text], [], ["302"])
    assert told.run.problems == ()


@in_both_worlds
def test_a_slug_that_is_none_is_answered_and_the_socket_closed(world: str) -> None:
    told = play(world, channel_routing, ("ann", "/liveblog/puppies/stream/"))
    assert told.told("ann") == ['{"error": "bad_slug"}', "close"]
    assert list(told.run.trace.rows(event="joined")) == []
    assert told.run.problems == ()


def test_a_reader_who_leaves_is_told_no_more() -> None:
    told = play("simulated", channel_routing, ANN, BOB, ("ann", "close"), ("editor", FORM), wsgi=admin)
    assert told.messages("editor", FORM) == {"http.request": 1, "websocket.send": 1, "http.response": 1}
    assert told.told("ann") == []


def test_what_readers_send_stays_on_a_channel_that_nobody_reads() -> None:
    """Not even listened for, in June 2016; with a capacity of 2 the third is lost."""
    lines = [("ann", f"hello {number}") for number in range(3)]
    told = play("simulated", channel_routing, ANN, *lines, capacity=2)
    assert list(told.run.trace.rows(event="received", channel="websocket.receive")) == []
    assert (books(told.run.trace).waiting, books(told.run.trace).lost) == (2, {"full": 1})
