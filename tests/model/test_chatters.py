"""Chatters: each connected client receives every message of the room
exactly once, and who left receives none."""

from collections import defaultdict
from typing import Any

import pytest

from chansim import Run, ScenarioError, deployments, execute, simulate
from chansim.applications.chat import channel_routing
from chansim.channels import Message, route
from chansim.duration import Exponential
from chansim.measures.depth import depth
from chansim.model.chatters import Chatters
from model.tiny import books, channels_world, deliveries, pick, seen, site


def room(members: int = 3, seconds: float = 20.0, **fields: Any) -> Any:
    """A room of chatters on a server where nothing takes time."""
    chatters = Chatters(name="chatters", server="server", members=members, **fields)
    return channels_world(application=site(routing=channel_routing), more=(chatters,), seconds=seconds)


def moments(run: Run, event: str, **equals: Any) -> dict[str, list[float]]:
    """When, for each socket."""
    found = defaultdict(list)
    for row in run.trace.rows(event=event, component="chatters", **equals):
        found[row.channel].append(row.t)
    return found


def test_all_connect_in_time_and_settle_before_they_speak() -> None:
    run = simulate(room(members=50, connect_over=2.0, settle=3.0, rate=5.0))
    connected, spoken = moments(run, "sent", detail="connect"), moments(run, "sent", detail="frame")
    assert len(connected) == 50
    assert all(0 <= moment <= 2 for (moment,) in connected.values())
    assert all(spoken[socket][0] > moment + 3 for socket, (moment,) in connected.items())


def test_they_speak_at_their_rate() -> None:
    """50 members, 2 lines a second each, 19 s or so: a Poisson number, of mean 1900 and deviation 44."""
    run = simulate(
        room(members=50, connect_over=0.0, settle=1.0, rate=2.0, seconds=20.0).change("server", cpu=0.0)
    )
    assert abs(len(list(run.trace.rows(event="sent", detail="frame", component="chatters"))) - 1900) < 4 * 44


def test_every_member_receives_every_line_exactly_once() -> None:
    run = simulate(room(members=10, rate=1.0))
    got = deliveries(run.trace)
    sockets = set(moments(run, "sent", detail="connect"))
    late = run.trace.end - 0.02
    lines = [
        row.request
        for row in run.trace.rows(event="sent", detail="frame", component="chatters")
        if row.t < late
    ]
    assert len(lines) > 100
    for line in lines:
        assert {socket: got[line, socket] for socket in sockets} == dict.fromkeys(sockets, 1)
    assert set(got.values()) == {1}


def test_who_stays_for_a_time_leaves_just_then() -> None:
    run = simulate(room(members=4, connect_over=0.5, settle=1.0, stay=5.0, rate=1.0))
    connected, closed = moments(run, "sent", detail="connect"), moments(run, "sent", detail="close")
    assert {s: round(t[0] + 6.0, 9) for s, t in connected.items()} == {
        s: round(t[0], 9) for s, t in closed.items()
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_left_receives_nothing_and_who_is_there_everything(seed: int) -> None:
    """Of the talk's deployment, with members who come to leave. A line
    counts for who joined before it and left after."""
    run = simulate(deployments.slide24(members=15, rate=1.0, stay=Exponential(5.0), seconds=20.0), seed)
    closed = {socket: times[0] for socket, times in moments(run, "sent", detail="close").items()}
    assert len(closed) > 8
    for socket, times in moments(run, "received", detail="frame").items():
        assert times[-1] <= closed.get(socket, run.trace.end)
    socket_of = {row.channel: row.detail for row in run.trace.rows(event="connected")}
    joined = {socket_of[row.channel]: row.t for row in run.trace.rows(event="joined")}
    left = {socket_of[row.channel]: row.t for row in run.trace.rows(event="left")}
    sent_at = {row.request: row.t for row in run.trace.rows(event="ended") if row.detail == "ws_receive"}
    begun_at = {row.request: row.t for row in run.trace.rows(event="begun") if row.detail == "ws_receive"}
    got = deliveries(run.trace)
    checked = 0
    for line, moment in sent_at.items():
        for socket, since in joined.items():
            until = min(left.get(socket, 1e9), closed.get(socket, 1e9))
            if since < begun_at[line] and moment + 0.1 < min(until, run.trace.end):
                assert got[line, socket] == 1, f"line {line} for {socket}"
                checked += 1
            assert got[line, socket] <= 1
    assert checked > 100


def test_a_frame_for_a_browser_that_is_gone_is_lost_with_that_cause() -> None:
    """On a slow way a frame is still travelling when its browser leaves."""
    scenario = deployments.slide24(members=15, rate=5.0, stay=Exponential(4.0), seconds=15.0)
    slow = scenario.with_(network=scenario.network.__class__(outside="wan"))
    kept = books(simulate(slow).trace)
    assert kept.lost["gone client"] > 0


def test_a_room_whose_members_have_all_left_is_silent() -> None:
    run = simulate(room(members=3, stay=2.0, rate=5.0, seconds=30.0))
    assert max(row.t for row in run.trace.rows(component="chatters")) < 4.0
    assert len(list(run.trace.rows(event="left"))) == 3


def test_the_same_members_do_the_same_whatever_the_server() -> None:
    """Speaking and staying are drawn from the chatters' own streams."""
    fast, slow = (deployments.slide24(rate=1.0, service=service, seconds=10.0) for service in (0.001, 0.5))
    assert [
        pick(row, "t", "channel", "detail")
        for row in simulate(fast).trace.rows(event="sent", component="chatters")
    ] == [
        pick(row, "t", "channel", "detail")
        for row in simulate(slow).trace.rows(event="sent", component="chatters")
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"members": 0},
            "chatters 'chatters': members=0: it must be a whole number of members from 1 to 1,000,000",
        ),
        ({"members": 2.5}, "members=2.5: it must be a whole number of members"),
        ({"members": True}, "members=True: it must be a whole number"),
        ({"rate": 0}, "rate=0: it must be a number"),
        ({"rate": float("inf")}, "rate=inf: it must be a number"),
        ({"stay": -1}, "stay=-1: .*number of seconds from 0"),
        ({"stay": "long"}, "stay='long': .*number of seconds"),
        ({"server": ""}, "server=''"),
        (
            {"server": "layer"},
            "server='layer': it must name a server that holds WebSockets; here there is: 'server'",
        ),
        ({"path": 5}, "path=5"),
        ({"path": ()}, r"path=\(\): it must be text that begins with '/', or several in a tuple"),
        ({"path": ("/red/", "blue")}, r"path=\('/red/', 'blue'\): it must be text"),
        ({"says": "hello"}, "says='hello': it must be a function of a member's and a frame's number"),
    ],
)
def test_bad_chatters_are_answered_in_words(fields: dict[str, Any], words: str) -> None:
    given = {"name": "chatters", "server": "server", **fields}
    with pytest.raises(ScenarioError, match=words):
        channels_world(application=site(routing=channel_routing), more=(Chatters(**given),))


def test_a_wsgi_server_holds_no_websockets() -> None:
    with pytest.raises(
        ScenarioError, match=r"server='gunicorn': it must name a server that holds WebSockets; .*: none"
    ):
        deployments.slide07().add(Chatters(name="chatters", server="gunicorn"))


def test_nobody_is_in_the_room_before_their_connect_is_consumed() -> None:
    rows = seen(room(members=2, connect_over=0.0), "event", "component", channel="websocket.connect")
    assert rows[0] == ("sent", "server")


def test_of_several_paths_members_take_one_each_in_turn() -> None:
    """By the order in which they connect."""
    paths = []

    def on_connect(message: Message) -> None:
        paths.append(message["path"])

    chatters = Chatters(name="chatters", server="server", members=3, path=("/red/", "/blue/"))
    simulate(
        channels_world(application=site(routing=(route("websocket.connect", on_connect),)), more=(chatters,))
    )
    assert paths == ["/red/", "/blue/", "/red/"]


def test_members_say_what_they_are_told_to_and_then_fall_silent() -> None:
    said = []

    def on_receive(message: Message) -> None:
        said.append(message["text"])

    def twice(member: int, number: int) -> str | None:
        return f"{member}, {number}" if number <= 2 else None

    routing = (route("websocket.receive", on_receive),)
    chatters = Chatters(name="chatters", server="server", members=2, rate=5.0, says=twice)
    run = simulate(channels_world(application=site(routing=routing), more=(chatters,), seconds=20.0))
    assert sorted(said) == ["1, 1", "1, 2", "2, 1", "2, 2"]
    assert max(row.t for row in run.trace.rows(component="chatters")) < 10.0


# -- slow browsers


def slow_room(lines: int, reading: float, **options: Any) -> Any:
    """Ann says *lines* lines at once at 1 s, the room has one member, who takes *reading* seconds for each."""

    def burst(message: Message) -> None:
        assert message.reply_channel is not None
        for n in range(lines):
            message.reply_channel.send({"text": str(n)})

    routing = (route("websocket.connect", burst), route("websocket.receive", burst))
    chatters = Chatters(
        name="chatters", server="server", members=1, connect_over=0.0, reading=reading, rate=1e-6, **options
    )
    looks = {"poll": 0.0, "idle_poll": 0.0}
    return channels_world(application=site(routing=routing), more=(chatters,), server=looks, capacity=1000)


def test_a_slow_browser_reads_one_frame_after_the_other() -> None:
    frames = seen(slow_room(3, 2.0), "t", event="received", component="chatters", detail="frame")
    assert frames == [(2.0,), (4.0,), (6.0,)]


def test_what_it_has_not_read_waits_at_the_server_without_limit() -> None:
    """The layer's channels hold 1000 messages: 900 go through them at once, and 4 are read in 10 s, one each
    2.2 s. The rest wait, in the trace, between the server and the browser."""
    run = simulate(slow_room(900, 2.2))
    waiting = depth(run.trace, "socket 1 of chatters")
    assert max(waiting.values) == 900
    assert waiting.values[-1] == 896
    kept = books(run.trace)
    assert kept.lost == {}
    assert kept.waiting == 896


def test_the_others_are_not_held_up_by_one_who_reads_slowly() -> None:
    quick = Chatters(name="quick", server="server", members=1, connect_over=0.0, rate=1e-6)
    run = simulate(slow_room(50, 1.0).add(quick))
    got = [row.t for row in run.trace.rows(event="received", component="quick", detail="frame")]
    assert got == [0.0] * 50


def test_a_slow_browser_that_leaves_reads_no_more() -> None:
    run = simulate(slow_room(5, 2.0, settle=0.0, stay=5.0))
    assert moments(run, "received", detail="frame")["socket 1 of chatters"] == [2.0, 4.0]
    assert books(run.trace).lost["gone client"] >= 2


def test_slow_browsers_are_slow_for_real_too() -> None:
    run = execute(slow_room(10, 0.2), seconds=1.1)
    assert not run.problems
    read = [row.t for row in run.trace.rows(event="received", component="chatters", detail="frame")]
    assert len(read) >= 2
    assert all(at >= 0.2 * number for number, at in enumerate(read, 1))
    assert books(run.trace).waiting == 10 - len(read)


@pytest.mark.parametrize(
    ("members", "rate", "said"),
    [
        (10, 0.1, "10 × 0.1 frames/s"),
        (300, 1e-6, "300, silent"),
        (1000, 1e6, "1,000, who speak at once"),
    ],
)
def test_a_picture_says_how_much_they_say(members, rate, said):
    assert Chatters(name="chatters", server="daphne", members=members, rate=rate).label == ("Clients", said)
