"""How the sockets of an interface server end when nobody closes them: the three timeouts
(semantics, 2.2). Nothing takes time here but what a test asks for."""

from dataclasses import dataclass
from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, execute, simulate
from chansim.channels import Message, route
from chansim.model.channel_layer import ChannelLayer
from chansim.model.interface_server import EventLoop, InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.worker import Worker
from model.tiny import AT_ONCE, NOWHERE, Script, books, pick, site

LATER = ("channels10", "channels11")
DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Cables(InterfaceServer):
    """An interface server whose browsers' cables can be pulled: *pulled*, moments and which of its sockets."""

    pulled: tuple[tuple[float, int], ...] = ()

    def start(self, world: Any) -> None:
        loop = EventLoop(self, world)

        def pull(which: int) -> None:
            held = list(loop.sockets.held.values())
            if which < len(held):
                loop.sockets.silent(held[which])
            else:  # on a busy computer it may be late; in a simulation it never is
                world.call_at(world.now + 0.01, pull, which)

        for moment, which in self.pulled:
            world.call_at(moment, pull, which)


def accepts(message: Message) -> None:
    """Since 1.0 somebody must."""
    assert message.reply_channel is not None
    if message.channel_layer.era.handshake_waits:
        message.reply_channel.send({"accept": True})


def echo(message: Message) -> None:
    """What is said comes back."""
    assert message.reply_channel is not None
    message.reply_channel.send({"text": message["text"]})


def goodbye(message: Message) -> None:
    """It is taken, and that is all."""


ROUTING = (
    route("websocket.connect", accepts),
    route("websocket.receive", echo),
    route("websocket.disconnect", goodbye),
)


def world(
    *lines: tuple[float, int, str],
    pulled: tuple[tuple[float, int], ...] = (),
    era: str = "channels10",
    network: Network = NOWHERE,
    seconds: float = 100.0,
    routing: Any = ROUTING,
    group_expiry: float = DAY,
    **server: Any,
) -> Scenario:
    """Browsers that follow a script, and a server whose cables are pulled when that is written."""
    return Scenario(
        "cables",
        (
            Script(name="browsers", lines=lines),
            Machine(name="host", cores=100),
            site(routing=routing),
            Cables(name="server", machine="host", layer="layer", cpu=0.0, pulled=pulled, **AT_ONCE, **server),
            ChannelLayer(name="layer", machine="host", era=era, group_expiry=group_expiry),
            Worker(name="worker-1", machine="host", layer="layer", application="site"),
        ),
        network,
        seconds,
    )


def ends(run: Run) -> list[tuple[Any, ...]]:
    """When the server gave a socket up, and which."""
    return [pick(row, "t", "detail") for row in run.trace.rows(event="disconnected")]


def goodbyes(run: Run) -> list[float]:
    """When the application was told."""
    return [round(row.t, 6) for row in run.trace.rows(event="received", channel="websocket.disconnect")]


def told(run: Run) -> list[tuple[Any, ...]]:
    """What reached the browsers."""
    return [pick(row, "t", "detail") for row in run.trace.rows(event="received", component="browsers")]


# -- pings


@pytest.mark.parametrize("era", LATER)
def test_a_browser_that_is_gone_is_found_by_the_ping_it_does_not_answer(era: str) -> None:
    """Last heard of at 1 s: a ping after 20 s of silence, and 30 s for the pong."""
    run = simulate(world((1.0, 1, "connect"), pulled=((5.0, 0),), era=era))
    assert ends(run) == [(51.0, "socket 1")]
    assert goodbyes(run) == [51.0]
    assert told(run) == [(1.0, "accept")], "the browser is not there to be told"


def test_in_june_2016_nobody_waited_for_the_pong() -> None:
    run = simulate(world((1.0, 1, "connect"), pulled=((5.0, 0),), era="june2016"), seconds=10_000.0)
    assert ends(run) == []
    assert goodbyes(run) == []


def test_a_frame_of_its_own_was_life_until_the_cable_was_pulled() -> None:
    """It spoke at 10 s, and was answered."""
    run = simulate(world((1.0, 1, "connect"), (10.0, 1, "hello"), pulled=((11.0, 0),)))
    assert ends(run) == [(60.0, "socket 1")]


def test_who_was_silent_for_long_has_answered_its_pings() -> None:
    """The pings of 21, 41 and 61 s were answered. The one of 81 s is not."""
    run = simulate(world((1.0, 1, "connect"), pulled=((70.0, 0),)), seconds=200.0)
    assert ends(run) == [(111.0, "socket 1")]


@pytest.mark.parametrize(("pause", "found"), [(15.0, []), (25.0, [(50.0, "socket 1")])])
def test_in_a_busy_room_a_ghost_is_never_pinged(pause: float, found: list[Any]) -> None:
    """Whatever is sent counts as life (daphne#170). Every *pause* seconds somebody else is heard in the
    room. 15 s are too short for a ping, and 25 long enough: one at 20 s, and its pong is due at 50."""

    def join(message: Message) -> None:
        accepts(message)
        members.append(message)

    def say(message: Message) -> None:
        for member in members:
            assert member.reply_channel is not None
            member.reply_channel.send({"text": message["text"]})

    members: list[Message] = []
    routing = (
        route("websocket.connect", join),
        route("websocket.receive", say),
        route("websocket.disconnect", goodbye),
    )
    lines = [(n * pause, 2, "a line") for n in range(1, int(100 / pause))]
    run = simulate(
        world((0.0, 1, "connect"), (0.0, 2, "connect"), *lines, pulled=((1.0, 0),), routing=routing)
    )
    assert ends(run) == found


@pytest.mark.parametrize("era", ["june2016", *LATER])
def test_how_often_it_pings_and_how_long_it_waits_can_be_set_in_any_era(era: str) -> None:
    run = simulate(
        world((1.0, 1, "connect"), pulled=((2.0, 0),), era=era, ping_interval=4.0, ping_timeout=3.0)
    )
    assert ends(run) == [(8.0, "socket 1")]


def test_who_had_closed_before_is_not_closed_again() -> None:
    run = simulate(world((1.0, 1, "connect"), (30.0, 1, "close"), pulled=((5.0, 0),)))
    assert ends(run) == [(30.0, "socket 1")]
    assert goodbyes(run) == [30.0]


def test_only_the_one_whose_cable_was_pulled_is_found() -> None:
    run = simulate(world((1.0, 1, "connect"), (2.0, 2, "connect"), pulled=((5.0, 1),)))
    assert ends(run) == [(52.0, "socket 2")]


# -- the longest that a socket may be open


@pytest.mark.parametrize("era", ["june2016", *LATER])
def test_a_socket_is_closed_after_the_websocket_timeout_whatever_it_does(era: str) -> None:
    lines = ((1.0, 1, "connect"), *((5.0 * n, 1, "a line") for n in range(1, 10)))
    run = simulate(world(*lines, era=era, websocket_timeout=30.0))
    assert ends(run) == [(31.0, "socket 1")]
    assert goodbyes(run) == [31.0]
    assert told(run)[-1] == (31.0, "close")
    said = [row.t for row in run.trace.rows(event="received", channel="websocket.receive")]
    assert max(said) == 30.0, "what it says after that reaches nobody"


@pytest.mark.parametrize("era", ["june2016", *LATER])
def test_the_timeout_is_the_layers_group_expiry_unless_it_is_given(era: str) -> None:
    """As long as a membership lasts, and no longer: a day, or what the layer has."""
    run = simulate(world((1.0, 1, "connect"), era=era, group_expiry=60.0))
    assert ends(run) == [(61.0, "socket 1")]
    assert ends(simulate(world((1.0, 1, "connect"), era=era), seconds=DAY + 2)) == [(DAY + 1, "socket 1")]


def test_the_time_runs_from_when_it_is_open() -> None:
    """In 2016 from when it was asked for; since 1.0 from the application's yes, here 3 s later."""
    lines = ((1.0, 1, "connect"),)
    for era, end in (("june2016", 31.0), ("channels10", 34.0)):
        slow = world(*lines, era=era, websocket_timeout=30.0).change("site", io=3.0)
        assert ends(simulate(slow)) == [(end, "socket 1")]


def test_who_is_closed_at_the_timeout_is_not_found_by_a_ping_later() -> None:
    run = simulate(world((1.0, 1, "connect"), pulled=((5.0, 0),), websocket_timeout=45.0))
    assert ends(run) == [(46.0, "socket 1")]
    assert len(goodbyes(run)) == 1


# -- the handshake


@pytest.mark.parametrize("era", LATER)
def test_a_yes_that_comes_too_late_finds_the_connection_dropped(era: str) -> None:
    """The consumer takes 6 s, the server waits 5; the late yes reaches nobody."""
    run = simulate(world((1.0, 1, "connect"), era=era).change("site", io=6.0))
    assert told(run) == [(6.0, "dropped")]
    assert list(run.trace.rows(event="connected")) == []
    assert books(run.trace).lost == ({"gone client": 1} if era == "channels11" else {"expired": 1})


@pytest.mark.parametrize("era", LATER)
def test_how_long_the_handshake_may_take_can_be_set(era: str) -> None:
    slow = world((1.0, 1, "connect"), era=era, handshake_timeout=2.5).change("site", io=3.0)
    assert told(simulate(slow))[0] == (3.5, "dropped")
    quick = world((1.0, 1, "connect"), era=era, handshake_timeout=3.5).change("site", io=3.0)
    assert told(simulate(quick)) == [(4.0, "accept")]


def test_in_june_2016_a_handshake_waited_for_nobody() -> None:
    run = simulate(world((1.0, 1, "connect"), era="june2016", handshake_timeout=0.1).change("site", io=3.0))
    assert [pick(row, "t") for row in run.trace.rows(event="connected")] == [(1.0,)]
    assert ends(run) == []


# -- both worlds, and words


def test_they_end_for_real_too() -> None:
    fast = {"ping_interval": 0.1, "ping_timeout": 0.2}
    lines = ((0.0, 1, "connect"), (0.0, 2, "connect"))
    run = execute(world(*lines, pulled=((0.1, 0),), websocket_timeout=1.5, **fast), seconds=2.5)
    assert not run.problems
    found = ends(run)
    assert [label for _, label in found] == ["socket 1", "socket 2"]
    assert 0.25 < found[0][0] < 1.5 <= found[1][0]
    assert len(goodbyes(run)) == 2


def test_the_way_to_the_browser_does_not_count() -> None:
    """The server reckons from what it has seen: 1.2 s, when it let the browser in."""
    far = Network(Link(0.0), Link(0.0), outside=Link(0.2))
    assert ends(simulate(world((1.0, 1, "connect"), pulled=((5.0, 0),), network=far))) == [(51.2, "socket 1")]


@pytest.mark.parametrize("name", ["websocket_timeout", "handshake_timeout", "ping_interval", "ping_timeout"])
def test_a_timeout_is_above_nothing(name: str) -> None:
    with pytest.raises(ScenarioError, match=f"{name}=0: it must be a number of seconds above 0"):
        world(**{name: 0})
