"""Rooms of a chat: who goes where, who hears what, and who comes back."""

import math
from collections import Counter, defaultdict
from random import Random
from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, execute, simulate
from chansim.applications.rooms import channel_routing
from chansim.model.chatters import Chatters
from chansim.model.rooms import Even, Sizes, Zipf
from model.tiny import AT_ONCE, books, channels_world, site


def chat(members: int, seconds: float = 20.0, **fields: Any) -> Scenario:
    """Chatters in rooms, on servers where nothing takes time."""
    chatters = Chatters(name="chatters", server="server", members=members, **{"rate": 0.5, **fields})
    return channels_world(
        application=site(routing=channel_routing), more=(chatters,), seconds=seconds, server=AT_ONCE
    )


def room_of(run: Run) -> dict[str, str]:
    """Socket by socket, the group it joined."""
    socket_of = {row.channel: row.detail for row in run.trace.rows(event="connected")}
    return {socket_of[row.channel]: row.detail for row in run.trace.rows(event="joined")}


def test_even_rooms_have_one_size() -> None:
    assert Even(3).paths_of(7, Random(1)) == tuple(f"/room-{n}/" for n in (1, 2, 3, 1, 2, 3, 1))
    assert Counter(room_of(simulate(chat(20, path=Even(5)))).values()) == {
        f"chat-room-{n}": 4 for n in range(1, 6)
    }


def test_rooms_of_given_sizes_are_filled_one_after_the_other() -> None:
    assert Sizes((3, 1)).paths_of(6, Random(1)) == tuple(f"/room-{n}/" for n in (1, 1, 1, 2, 1, 1))
    groups = Counter(room_of(simulate(chat(10, path=Sizes((7, 2, 1))))).values())
    assert groups == {"chat-room-1": 7, "chat-room-2": 2, "chat-room-3": 1}


@pytest.mark.parametrize("wrong", [(), (3, 0), (2.5,), 7, "33"])
def test_sizes_that_are_none_are_refused_in_words(wrong: Any) -> None:
    with pytest.raises(ScenarioError, match="it must be a tuple of whole numbers of members from 1"):
        Sizes(wrong)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_zipfs_rooms_are_as_crowded_as_he_said(exponent: float) -> None:
    """The k-th of 50 draws 1/k^s of the sum of these; binomial, four deviations."""
    paths = Counter(Zipf(50, exponent).paths_of(20_000, Random(3)))
    weights = [number**-exponent for number in range(1, 51)]
    for number, weight in enumerate(weights, 1):
        share = weight / sum(weights)
        deviation = math.sqrt(20_000 * share * (1 - share))
        assert abs(paths[f"/room-{number}/"] - 20_000 * share) <= 4 * deviation + 1


def test_a_line_is_heard_in_its_room_and_in_no_other() -> None:
    run = simulate(chat(30, path=Zipf(6)))
    rooms = room_of(run)
    members = defaultdict(set)
    for socket, room in rooms.items():
        members[room].add(socket)
    heard = defaultdict(set)
    for row in run.trace.rows(event="received", component="chatters", detail="frame"):
        heard[row.request].add(row.channel)
    spoken = [
        row for row in run.trace.rows(event="sent", component="chatters", detail="frame") if row.t < 19.9
    ]
    assert len(spoken) > 100
    for row in spoken:
        assert heard[row.request] == members[rooms[row.channel]]


def test_who_left_comes_back_on_a_new_socket_and_to_the_same_room() -> None:
    """Settled at 1, leaves at 4, back at 6, and so on."""
    run = simulate(chat(1, connect_over=0.0, settle=1.0, stay=3.0, away=2.0, path=Even(1)))
    connects = [(row.t, row.channel) for row in run.trace.rows(event="sent", detail="connect")]
    assert connects == [
        (0.0, "socket 1 of chatters"),
        (6.0, "socket 1 of chatters, time 2"),
        (12.0, "socket 1 of chatters, time 3"),
        (18.0, "socket 1 of chatters, time 4"),
    ]
    assert [row.t for row in run.trace.rows(event="sent", detail="close")] == [4.0, 10.0, 16.0]
    assert set(room_of(run).values()) == {"chat-room-1"}
    assert [row.event for row in run.trace.rows() if row.event in ("joined", "left")] == [
        "joined",
        "left",
    ] * 3 + ["joined"]


def test_coming_back_does_not_make_anybody_speak_twice_as_much() -> None:
    """Of each cycle of 7 s, 5 are spent speaking, at 2 lines a second: a Poisson number, four deviations."""
    run = simulate(chat(40, 70.0, connect_over=0.0, settle=0.0, stay=5.0, away=2.0, rate=2.0, path=Even(40)))
    lines = len(list(run.trace.rows(event="sent", component="chatters", detail="frame")))
    assert abs(lines - 40 * 50 * 2) < 4 * math.sqrt(40 * 50 * 2)
    assert books(run.trace).lost.keys() <= {"gone client"}


def test_without_away_who_left_is_gone_for_good() -> None:
    run = simulate(chat(3, connect_over=0.0, stay=3.0, path=Even(1)))
    assert len(list(run.trace.rows(event="sent", detail="connect"))) == 3


def test_rooms_and_comings_and_goings_for_real() -> None:
    """Nothing goes wrong but what went wrong in 2016: where a frame waits beside its connect, it may be taken first."""
    world = chat(6, connect_over=0.1, settle=0.05, stay=0.3, away=0.2, rate=8.0, path=Even(2))
    run = execute(world, seconds=1.5)
    assert all(problem.endswith("raised KeyError('room')") for problem, _ in run.problems)
    assert set(room_of(run).values()) == {"chat-room-1", "chat-room-2"}
    assert len(list(run.trace.rows(event="sent", detail="connect"))) >= 12
    assert books(run.trace).lost.keys() <= {"gone client"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Even(0), "rooms: rooms=0: it must be a whole number of rooms from 1"),
        (lambda: Zipf(5, -1.0), "rooms: exponent=-1.0: it must be a number from 0 to 10"),
        (lambda: chat(3, path=Zipf), "it must be text that begins with '/', or several in a tuple, or rooms"),
        (lambda: chat(3, away=-1.0), "away=-1.0"),
    ],
)
def test_rooms_that_cannot_be_are_answered_in_words(make: Any, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        make()


def test_rooms_say_what_they_are() -> None:
    assert (str(Even(10)), str(Zipf(100, 1.5))) == ("10 rooms", "100 rooms, Zipf 1.5")
