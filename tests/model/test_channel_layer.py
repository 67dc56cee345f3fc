"""The simulated layer: the core's rules, and what a call takes: the
way there, the layer's own work, the way back."""

from typing import Any

import pytest

from chansim import Scenario, ScenarioError, simulate
from chansim.channels import Group, Message, route
from chansim.model.channel_layer import ChannelLayer
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.reader import next_tick
from model.tiny import NOWHERE, books, channels_world, chat_world, clients, consumed, pick, seen, site

NEVER = {"poll": 60.0, "idle_poll": 60.0}
"""An interface server that does not look for replies during a test."""


def two_servers(**layer: Any) -> Scenario:
    """Two interface servers, each with a client at 0.203 s, and two workers."""
    world = channels_world(0.203, workers=2, **layer)
    other = InterfaceServer(name="other", machine="host", layer="layer", cpu=0.0)
    return world.add(other, clients(0.203, server="other", name="others")).with_(seconds=5.0)


def test_the_layer_does_one_operation_at_a_time() -> None:
    """Both send at 0.203 s. One message is there after 0.1 s, the other after 0.2."""
    rows = seen(two_servers(operation=0.1), "t", "event", "component", channel="http.request")
    assert [row for row in rows if row[1] in ("sent", "received")] == [
        (0.203, "sent", "server"),
        (0.203, "sent", "other"),
        (0.303, "received", "worker-1"),
        (0.403, "received", "worker-2"),
    ]


def test_without_a_cost_an_operation_takes_no_time() -> None:
    rows = seen(two_servers(), "t", event="received", channel="http.request")
    assert rows == [(0.203,), (0.203,)]


def test_a_caller_is_held_until_its_call_has_come_back() -> None:
    """Daphne sends at 0.203 s; 20 ms there, 100 of the layer, 20
    back: only then it takes the next request."""
    ways = Network(Link(0.0), Link(0.02), Link(0.0))
    world = channels_world(
        0.203,
        0.203,
        workers=0,
        network=ways,
        operation=0.1,
        layer_machine="redis",
        more=(Machine(name="redis"),),
    )
    bars = seen(world, "t", "event", component="server", channel="")
    assert [bar for bar in bars if bar[1] in ("begun", "ended")] == [
        (0.203, "begun"),
        (0.343, "ended"),
        (0.343, "begun"),
        (0.483, "ended"),
    ]


def test_the_cost_of_a_group_send_grows_with_its_members() -> None:
    """0.1 s for the call, and 0.05 for each of three members: their copies are there one after the other."""
    lines = [(0.1, n, "connect") for n in (1, 2, 3)] + [(3.0, 1, "hi")]
    world = chat_world(*lines, operation=0.1, per_member=0.05, server=NEVER)
    begun, ended, _, _ = consumed(simulate(world))[-1]
    assert round(ended - begun, 6) == 0.25


def test_a_group_of_one_costs_for_one_member() -> None:
    world = chat_world((0.1, 1, "connect"), (3.0, 1, "hi"), operation=0.1, per_member=0.05, server=NEVER)
    begun, ended, _, _ = consumed(simulate(world))[-1]
    assert round(ended - begun, 6) == 0.15


def test_an_idle_worker_that_polls_finds_a_message_at_its_next_look() -> None:
    """It looks at 0.00, 0.01, 0.02 ...: what comes at 0.103 s is found at 0.11."""
    world = channels_world(0.103, 0.1171, workers=1, application=site(io=0.05), worker_poll=0.01)
    assert [bar[:2] for bar in consumed(simulate(world))] == [(0.11, 0.16), (0.16, 0.21)]


def test_after_its_work_a_worker_looks_at_once_and_then_polls_from_there() -> None:
    """The first is done at 0.1633: nothing is there, so it looks at 0.1733, 0.1833 ..."""
    world = channels_world(0.103, 0.175, application=site(io=0.0533), worker_poll=0.01)
    assert [bar[0] for bar in consumed(simulate(world))] == [0.11, 0.1833]


def test_of_several_workers_that_poll_the_first_to_look_takes_the_message() -> None:
    """After one message each they are out of step: 0.11 + 0.0533, and 0.12 + 0.0533."""
    world = channels_world(0.103, 0.1171, 0.5, workers=2, application=site(io=0.0533), worker_poll=0.01)
    assert [bar[0] for bar in consumed(simulate(world))] == [0.11, 0.12, 0.5033]


def test_a_message_that_waits_too_long_expires() -> None:
    """The worker is busy until 5.1 s; the second message expires at 2.2 s, and the third is still fresh."""
    world = channels_world(0.1, 1.2, 4.5, application=site(io=5.0), expiry=1.0)
    run = simulate(world, seconds=20.0)
    assert [bar[0] for bar in consumed(run)] == [0.1, 5.1]
    lost = [pick(row, "component", "channel", "request", "detail") for row in run.trace.rows(event="lost")]
    assert ("layer", "http.request", 2, "expired") in lost


def test_at_the_end_of_a_run_what_has_expired_is_lost_and_the_rest_waits() -> None:
    world = channels_world(0.1, 0.2, 9.5, workers=0, expiry=5.0)
    kept = books(simulate(world, seconds=10.0).trace)
    assert (kept.waiting, kept.lost) == (1, {"expired": 2})


def test_a_message_is_lost_when_it_expires_not_when_somebody_notices() -> None:
    """The queue's depth over time is drawn from these rows: it must
    fall at 5.1 s, not at the end of the run."""
    world = channels_world(0.1, workers=0, expiry=5.0)
    assert seen(world, "t", event="lost") == [(5.1,)]


def test_a_channel_may_hold_another_number_than_the_others() -> None:
    world = channels_world(0.1, 0.2, 0.3, 0.4, workers=0, capacity=1, channel_capacity=(("http.*", 3),))
    assert seen(world, "t", "detail", event="lost") == [(0.4, "full")]


def test_a_full_member_misses_a_broadcast_and_the_others_do_not() -> None:
    """Daphne reads nothing for a minute, and a message may wait for two; one place
    for each reply channel: of two lines each member gets one."""
    lines = [(0.1, 1, "connect"), (0.2, 2, "connect"), (1.0, 1, "one"), (1.1, 1, "two")]
    run = simulate(
        chat_world(*lines, server=NEVER, channel_capacity=(("websocket.send!*", 1),), expiry=120.0),
        seconds=70.0,
    )
    assert books(run.trace).lost == {"group member full": 2}
    assert len(list(run.trace.rows(event="received", component="browsers"))) == 2


def test_which_channel_a_worker_takes_from_is_drawn() -> None:
    """Two channels with 40 messages each and one worker: neither is emptied before the other has its turn."""

    def quiet(message: Message) -> None: ...

    lines = [(0.0, n, "connect") for n in range(40)] + [(0.001, n, "hi") for n in range(40)]
    routing = [route(["websocket.connect", "websocket.receive"], quiet)]
    run = simulate(chat_world(*lines, routing=routing, costs={"io": 0.01}))
    order = [row.channel for row in run.trace.rows(event="begun", component="worker-1")]
    assert order.count("websocket.connect") == order.count("websocket.receive") == 40
    assert 8 < order[:40].count("websocket.receive") < 32


def test_a_layer_on_no_machine_is_outside() -> None:
    world = channels_world(1.0, network=Network(outside=Link(0.1)), layer_machine="")
    assert seen(world, "t", event="received", channel="http.request") == [(1.2,)]


@pytest.mark.parametrize(
    ("start", "every", "now", "tick"),
    [
        (0.0, 0.01, 0.103, 0.11),
        (0.0, 0.01, 0.11, 0.11),
        (1.0, 0.01, 0.5, 1.0),
        (0.0, 0.0, 7.3, 7.3),
        (0.25, 0.5, 2.3, 2.75),
    ],
)
def test_next_tick(start: float, every: float, now: float, tick: float) -> None:
    assert next_tick(start, every, now) == pytest.approx(tick, abs=1e-12)


def test_the_tick_that_is_now_is_now() -> None:
    for now in (n * 0.0137 for n in range(1000)):
        tick = next_tick(0.1, 0.01, now)
        assert next_tick(0.1, 0.01, tick) == tick


def test_a_tick_is_never_in_the_past_and_never_more_than_one_pause_away() -> None:
    for now in (n * 0.0137 for n in range(1000)):
        assert now <= next_tick(0.1, 0.01, now) <= max(now, 0.1) + 0.01 + 1e-12


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"capacity": 0}, "channel layer 'layer': capacity=0: it must be a whole number of messages from 1"),
        ({"capacity": 2.5}, r"capacity=2\.5: it must be a whole number"),
        ({"expiry": 0.0}, r"expiry=0\.0: it must be a number of seconds above 0"),
        ({"expiry": float("nan")}, "expiry=nan: it must be a number"),
        ({"operation": -1.0}, r"operation=-1\.0: it must be a number of seconds from 0"),
        (
            {"channel_capacity": (("http.*", 0),)},
            r"channel_capacity=.*http\.\*=0 must be a whole number of messages",
        ),
        ({"channel_capacity": ("http.*", 5)}, r"channel_capacity=.*: it must be \(\(\"pattern\", n\), ...\)"),
        ({"channel_capacity": 5}, r"channel_capacity=5: it must be"),
    ],
)
def test_a_bad_layer_is_answered_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        ChannelLayer(name="layer", **fields)


def test_patterns_may_be_given_as_a_dict() -> None:
    by_pairs = ChannelLayer(name="layer", channel_capacity=(("http.*", 5),))
    assert by_pairs.rules.channel_capacity == (("http.*", 5),)
    with pytest.raises(ScenarioError, match="channel_capacity"):
        ChannelLayer(name="layer", channel_capacity={"http.*": 5})  # type: ignore[arg-type]


def test_a_broadcast_from_a_consumer_costs_its_sender_the_way_there_and_back() -> None:
    def twice(message: Message) -> None:
        Group("nobody").send({})
        Group("nobody").send({})

    world = chat_world((1.0, 1, "connect"), routing=[route("websocket.connect", twice)], operation=0.1)
    begun, ended, _, _ = consumed(simulate(world))[0]
    assert round(ended - begun, 6) == 0.2
    assert world.network == NOWHERE


def test_a_layer_that_loses_on_purpose_says_so_of_each_message() -> None:
    """A fifth of the requests, and a fifth of the replies to those that were served."""
    world = channels_world(*(n / 100 for n in range(1000)), loss=0.2, seconds=20.0)
    kept = books(simulate(world).trace)
    assert kept.lost.keys() == {"resilience testing"}
    expected = 1000 * 0.2 + 800 * 0.2
    assert kept.lost["resilience testing"] == pytest.approx(expected, abs=4 * expected**0.5)
