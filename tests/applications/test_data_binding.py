"""Data binding: what one moves, all see moved, the mover too."""

import json

from applications.script import in_both_worlds, play
from chansim.applications.data_binding import admin, channel_routing
from model.tiny import books

ANN, BOB = ("ann", "/binding/"), ("bob", "/binding/")
MOVE = json.dumps({"stream": "intval", "payload": {"pk": 1, "action": "update", "data": {"value": 42}}})


def moved(value: int) -> dict[str, object]:
    """What all are told."""
    payload = {"action": "update", "pk": 1, "data": {"value": value}, "model": "values.integervalue"}
    return {"stream": "intval", "payload": payload}


@in_both_worlds
def test_a_move_is_two_messages_and_one_for_each_client_the_mover_too(world: str) -> None:
    told = play(world, channel_routing, ANN, BOB, ("ann", MOVE))
    assert told.messages("ann", MOVE) == {"websocket.receive": 1, "binding.intval": 1, "websocket.send": 2}
    assert [json.loads(text) for text in told.told("ann") + told.told("bob")] == [moved(42), moved(42)]
    assert told.run.problems == ()


@in_both_worlds
def test_an_edit_in_the_admin_takes_the_same_way_out(world: str) -> None:
    told = play(world, channel_routing, ANN, BOB, ("editor", b"pk=1&value=7"), wsgi=admin)
    assert told.messages("editor", b"pk=1&value=7") == {
        "http.request": 1,
        "websocket.send": 2,
        "http.response": 1,
    }
    assert json.loads(told.told("bob")[0]) == moved(7)
    assert told.run.problems == ()


def test_who_closes_the_socket_is_bound_no_more() -> None:
    told = play("simulated", channel_routing, ANN, BOB, ("bob", "close"), ("ann", MOVE))
    assert told.messages("ann", MOVE) == {"websocket.receive": 1, "binding.intval": 1, "websocket.send": 1}
    assert told.told("bob") == []


def test_a_frame_for_a_stream_that_is_none_is_the_consumers_failure() -> None:
    frame = json.dumps({"stream": "floatval", "payload": {}})
    told = play("simulated", channel_routing, ANN, ("ann", frame))
    assert books(told.run.trace).lost == {"consumer failed": 1}
    assert [problem for problem, _ in told.run.problems if "no stream 'floatval'" in problem]
