"""Laws of the way through Channels: the poll floor, overtaking, broadcasts, rooms, shared replies and storms
(curriculum 6.1)."""

import itertools
import math
from dataclasses import replace

import pytest

from chansim import Scenario, deployments, simulate, theory
from chansim.applications.chat import channel_routing
from chansim.channels import Channel, Group, Message, costs, route, view_as_consumer
from chansim.duration import Constant, Empirical, Exponential
from chansim.layer.eras import CHANNELS_11
from chansim.measures import latencies, mean, percentile, utilisation
from chansim.model.application import hello
from chansim.model.network import Link, Network
from laws import errors
from laws.conftest import Law
from model.tiny import AT_ONCE, MS, NOWHERE, Script, channels_world, clients, site

# -- the poll floor ----------------------------------------------------------


def test_where_nothing_takes_time_daphnes_looks_do(law: Law) -> None:
    """A reply comes at any moment between two looks: even from 0 to 10 ms, mean 5, p99 9.9."""
    scenario = deployments.slide16(rate=2.0, service=0.0, network=NOWHERE)
    times = latencies(
        simulate(scenario.change("daphne", cpu=0.0, idle_poll=10 * MS), seconds=3000.0).trace, "clients"
    )
    even = 10 * MS / math.sqrt(12)
    law("Poll floor: mean", "Daphne looks", 5 * MS, mean(times), errors.independent(even, len(times)))
    within = errors.quantile(0.99, 1 / (10 * MS), len(times))
    law("Poll floor: p99", "Daphne looks", 9.9 * MS, percentile(times, 0.99), within)


def test_where_the_worker_looks_too_the_two_add_up(law: Law) -> None:
    """The sum of two even draws. A service in between, or the two would be in step for ever; one worker, for of
    several the first to look takes it."""
    even = Empirical(tuple(n * MS / 100 for n in range(1000)))
    scenario = deployments.slide16(rate=0.1, service=even, workers=1, network=NOWHERE)
    scenario = scenario.change("daphne", cpu=0.0, idle_poll=10 * MS).change("layer", worker_poll=10 * MS)
    run = simulate(scenario, seconds=50_000.0)
    begun = {row.request: row.t for row in run.trace.rows(event="begun", channel="http.request")}
    ended = {row.request: row.t for row in run.trace.rows(event="ended", channel="http.request")}
    came = {row.request: row.t for row in run.trace.rows(event="sent", channel="http.request")}
    answered = {row.request: row.t for row in run.trace.rows(event="received", component="clients")}
    times = [answered[n] - came[n] - (ended[n] - begun[n]) for n in answered]
    spread = 10 * MS / math.sqrt(6)
    law("Poll floor: mean", "both look", 10 * MS, mean(times), errors.independent(spread, len(times)))
    for share in (0.95, 0.99):
        rest = math.sqrt(2 * (1 - share))  # in tens of milliseconds, how far from 20
        within = errors.quantile(share, rest / (10 * MS), len(times))
        found = percentile(times, share)
        law(f"Poll floor: p{100 * share:.0f}", "both look", (2 - rest) * 10 * MS, found, within)


# -- overtaking --------------------------------------------------------------


PAIRS = 4000


def overtaken(first: float, second: float, gap: float, pairs: int = PAIRS) -> float:
    """Two messages, *gap* apart, for consumers that take so long on average: how often the second is done first."""

    @costs(io=Exponential(first))
    def connect(message: Message) -> None:
        view_as_consumer(hello)(message)

    @costs(io=Exponential(second))
    def receive(message: Message) -> None:
        view_as_consumer(hello)(message)

    moments = [2.0 * n for n in range(pairs)]
    world = channels_world(
        *moments,
        workers=2,
        application=site(
            routing=[route("http.request", connect, path="^/$"), route("http.request", receive)]
        ),
        seconds=2.0 * pairs,
        server=AT_ONCE,
    ).add(replace(clients(*(t + gap for t in moments), name="second"), path="/second"))
    done = [row.detail for row in simulate(world).trace.rows(event="ended", channel="http.request")]
    return sum(done[n] == "receive" for n in range(0, 2 * pairs, 2)) / pairs


@pytest.mark.parametrize(
    ("first", "second", "gap", "formula"),
    [
        (0.05, 0.05, 0.0, 0.5),
        (0.05, 0.05, 0.01, math.exp(-0.01 / 0.05) / 2),
        (0.05, 0.05, 0.05, math.exp(-1) / 2),
        (0.02, 0.005, 0.005, 0.8 * math.exp(-0.005 / 0.02)),  # ws_receive before ws_connect
    ],
)
def test_a_message_overtakes_another(
    law: Law, first: float, second: float, gap: float, formula: float
) -> None:
    """The first is still at work after the gap: exp(−g/c). Then the shorter of two exponentials wins."""
    found, within = overtaken(first, second, gap), errors.proportion(formula, PAIRS)
    where = f"{1000 * first:g} ms, then {1000 * second:g} ms, {1000 * gap:g} ms apart"
    law("Overtaking: share", where, formula, found, within, "%")


# -- broadcasts --------------------------------------------------------------


@pytest.mark.parametrize("members", [10, 100, 1000])
def test_the_last_copy_of_a_broadcast_is_the_slowest_of_all(law: Law, members: int) -> None:
    """Each copy takes its own way to a browser, 5 ms on average: the last one m·H_N."""
    lines = 20_000 // members
    script = [(0.0, n, "connect") for n in range(members)] + [(60.0 + n, 0, "hello") for n in range(lines)]
    run = simulate(
        channels_world(
            application=site(routing=channel_routing),
            server=AT_ONCE,
            capacity=10_000,
            network=Network(Link(0.0), Link(0.0), Link(0.0, Exponential(5 * MS))),
            more=(Script(name="browsers", lines=tuple(script)),),
            seconds=61.0 + lines,
        )
    )
    left: dict[int, float] = {}
    last: dict[int, float] = {}
    for row in run.trace.rows(detail="frame"):
        if row.event == "sent" and row.component == "server":
            left.setdefault(row.request, row.t)
        elif row.event == "received" and row.component == "browsers":
            last[row.request] = row.t
    assert len(last) == lines
    spread = 5 * MS * math.sqrt(sum(1 / n**2 for n in range(1, members + 1)))
    found = mean([last[n] - left[n] for n in last])
    formula = theory.slowest_of(members, 5 * MS)
    law(
        "Fan-out: last of N copies",
        f"N {members}, 5 ms each",
        formula,
        found,
        errors.independent(spread, lines),
    )


# -- the room's wall ---------------------------------------------------------


def room(members: int) -> Scenario:
    """One room at a tenth of the curriculum's size, with ten times the rate and the cost per member.

    N·r·(s + N·op) = c is the same with N/10, 10r and 10·op: the wall is at 43.5 instead of 435, and there are
    a tenth of the copies to simulate.
    """
    return deployments.slide24(
        members=members,
        rate=1.0,
        service=Constant(5 * MS),
        per_member=2 * MS,
        workers=4,
        cores=1000,
        network=NOWHERE,
    ).change("daphne", cpu=0.0)


WALL = (-5 + math.sqrt(25 + 4 * 2 * 4000)) / (2 * 2)
"""Members at which N·(5 ms + N·2 ms) is all that four workers have in a second: 43.5."""


@pytest.mark.parametrize("members", [30, 40])
def test_a_room_takes_its_workers_by_the_square_of_its_members(law: Law, members: int) -> None:
    begin, seconds = 5.0, 40.0
    run = simulate(room(members), seconds=begin + seconds)
    busy = mean([utilisation(run.trace, f"worker-{n}", begin) for n in range(1, 5)])
    each = (5 + 2 * members) * MS
    spread = each / 4 * math.sqrt(members / seconds)  # of the lines, a Poisson count
    within = errors.Tolerance(errors.Z999 * spread, "a Poisson count of lines")
    law("Room: load", f"N {members}, the wall at {WALL:.1f}", members * each / 4, busy, within, "%")


def test_beyond_its_wall_a_room_loses_what_its_workers_cannot_send(law: Law) -> None:
    """55 members, 27 % more than there is work for: 1 − 1/ρ of the lines find the channel full."""
    begin, seconds, rho = 10.0, 25.0, 55 * 115 * MS / 4
    run = simulate(room(55), seconds=begin + seconds)
    full, said = (
        {row.request for row in run.trace.rows(event=event, channel="websocket.receive") if row.t > begin}
        for event in ("lost", "sent")
    )
    # what is served is certain, but for four, while the queue never empties; what is said is a Poisson count
    lines = 55 * seconds
    within = errors.Tolerance(errors.Z999 / rho / math.sqrt(lines) + 4 / lines, "a Poisson count of lines")
    law("Room: share lost beyond the wall", "N 55", 1 - 1 / rho, len(full) / len(said), within, "%")


# -- shared replies ----------------------------------------------------------


def copies(number: int) -> Scenario:
    """A broadcast copy by copy, 1 ms each, to sockets of one server of Channels 1.1, which needs 4 ms a copy."""

    def connect(message: Message) -> None:
        message.reply_channel.send({"accept": True})  # type: ignore[union-attr]
        Group(f"member-{next(numbers)}").add(message.reply_channel)  # type: ignore[arg-type]

    numbers = itertools.count()

    @costs(io=Constant(1 * MS))
    def broadcast(message: Message) -> None:
        Group(f"member-{message.content['n']}").send({"text": "hello"})
        if message.content["n"] + 1 < number:
            Channel("broadcast").send({"n": message.content["n"] + 1})

    def receive(message: Message) -> None:
        Channel("broadcast").send({"n": 0})

    routing = [
        route("websocket.connect", connect),
        route("websocket.receive", receive),
        route("broadcast", broadcast),
    ]
    lines = tuple((0.1 * n, n, "connect") for n in range(number))
    go = 0.1 * number + 1.0
    return channels_world(
        application=site(routing=routing),
        server={**AT_ONCE, "cpu": 4 * MS},
        era=CHANNELS_11,
        more=(Script(name="browsers", lines=(*lines, (go, 0, "go"))),),
        seconds=go + 10.0,
    )


@pytest.mark.parametrize("members", [100, 150, 200, 400])
def test_a_shared_reply_queue_delivers_its_capacity_and_what_is_drained_meanwhile(
    law: Law, members: int
) -> None:
    """One queue of 100 for all sockets of a server, read a quarter as fast as it is filled: min(N, cap + r·N)."""
    run = simulate(copies(members))
    go = 0.1 * members + 1.0
    arrived = sum(
        row.t > go for row in run.trace.rows(event="received", component="browsers", detail="frame")
    )
    within = errors.exactly(2, "a copy in hand, and one at either end")
    law(
        "Shared replies: delivered",
        f"N {members}, capacity 100, r 0.25",
        min(members, 100 + members / 4),
        arrived,
        within,
        "",
    )


# -- a storm of reconnects ---------------------------------------------------


@pytest.mark.parametrize("seconds", [0.1, 0.5, 1.0])
def test_of_a_storm_the_capacity_joins_and_what_is_worked_off_meanwhile(law: Law, seconds: float) -> None:
    """500 connect within B seconds; 4 workers, 10 ms each, and a channel of 100: cap + c·B/S, and up to c more."""
    lines = tuple((seconds * n / 500, n, "connect") for n in range(500))
    run = simulate(
        channels_world(
            workers=4,
            application=site(routing=channel_routing, io=10 * MS),
            server=AT_ONCE,
            more=(Script(name="browsers", lines=lines),),
            seconds=10.0,
        )
    )
    joined = sum(1 for _ in run.trace.rows(event="joined"))
    formula = min(500.0, 100 + 4 * seconds / (10 * MS) + 2)
    within = errors.exactly(2, "what the four have in hand")
    law("Storm: joined", f"500 within {seconds:g} s, capacity 100", formula, joined, within, "")
