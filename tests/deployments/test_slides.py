"""What the slides claim comes out of their deployments: each a figure of its own, and a band that is derived."""

import math
import time
from collections import Counter
from statistics import fmean
from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, deployments, execute, simulate
from chansim.applications import chat, many_protocols
from chansim.channels import Message, route
from chansim.measures.depth import depth
from chansim.measures.latency import latencies, percentile, requests
from chansim.measures.polling import empty_share, staleness
from chansim.measures.utilisation import utilisation
from chansim.measures.visits import visits
from chansim.model.arrivals import Recorded
from chansim.model.fault import Redeploy
from chansim.model.network import Link, Network
from chansim.theory import MM1, MMc, relative_half_width

NOWHERE = Network(Link(0.0), Link(0.0), Link(0.0))


# -- slide 6


@pytest.mark.parametrize(("rate", "mean", "p99"), [(10.0, 0.1, 0.461), (18.0, 0.5, 2.303)])
def test_slide_6_one_worker_and_the_load_times_1_8_is_five_times_the_latency(
    rate: float, mean: float, p99: float
) -> None:
    """M/M/1, as the formula has it; the mean of so many requests lies within 1.5 half widths of 95 %."""
    law = MM1(rate, 0.05)
    assert law.mean_sojourn == pytest.approx(mean)
    assert law.percentile(0.99) == pytest.approx(p99, abs=0.001)
    seconds = 2000.0
    times = latencies(
        simulate(deployments.slide06(rate=rate, network=NOWHERE), seconds=seconds).trace, "clients"
    )
    width = relative_half_width(rate * 0.05, int(rate * seconds))
    assert fmean(times) == pytest.approx(mean, rel=1.5 * width)


def test_slide_6_a_request_alone_takes_its_service_and_the_way() -> None:
    far = Network(Link(0.0), Link(0.0), outside=Link(0.02))
    scenario = deployments.slide06(arrivals=Recorded((1.0,)), network=far, seconds=None).change(
        "site", io=0.05
    )
    assert latencies(simulate(scenario).trace, "clients") == [pytest.approx(0.05 + 2 * 0.02)]


# -- slide 8


@pytest.mark.parametrize(
    ("protocol", "connections", "seconds"),
    [("http/1.1", 1, 2.31), ("http/1.1", 0, 0.55), ("http/2", 0, 0.24), ("http/2 with push", 0, 0.14)],
)
def test_slide_8(protocol: str, connections: int, seconds: float) -> None:
    """A visit alone: the curriculum's figures are exact, but for the layer's way on its own machine."""
    scenario = deployments.slide08(
        protocol=protocol, connections=connections, arrivals=Recorded((0.0,)), seconds=None
    )
    (visit,) = visits(simulate(scenario).trace, "visitors")
    assert visit.seconds == pytest.approx(seconds, abs=0.015)


# -- slide 10


@pytest.mark.parametrize(
    ("every", "load", "empty", "late"), [(5.0, 200, 0.607, 2.5), (1.0, 1000, 0.905, 0.5)]
)
def test_slide_10_who_polls_more_often_is_less_late_and_asks_more_often_in_vain(
    every: float, load: int, empty: float, late: float
) -> None:
    """Of the polls e^(-0.1 I) are empty; the age of an event is uniform from 0 to I: four deviations."""
    trace = simulate(deployments.slide10(protocol="polling", every=every), seconds=30.0).trace
    polls = requests(trace, "clients")
    assert len(polls) == pytest.approx(30 * load, rel=0.001)
    later = [each for each in polls if each.opened >= every and each.answer]
    share = sum(each.answer == "204" for each in later) / len(later)
    assert share == pytest.approx(empty, abs=4 * math.sqrt(empty * (1 - empty) / len(later)) + 0.001)
    assert 0 < empty_share(trace, "clients") < 1
    ages = staleness(trace, "clients")
    assert fmean(ages) == pytest.approx(late, abs=4 * every / math.sqrt(12 * len(ages)) + 0.05)


def test_slide_10_over_a_websocket_nobody_asks_and_nobody_is_late() -> None:
    """100 events a second, one frame each: a Poisson number. Each takes 2 ms, a look for it of 10 ms, and the
    way; and nobody sends a request."""
    run = simulate(deployments.slide10(), seconds=30.0)
    begun = {row.request: row.t for row in run.trace.rows(event="begun", component="events")}
    frames = [
        (row.t, row.t - begun[row.request])
        for row in run.trace.rows(event="received", component="clients", detail="frame")
    ]
    assert len(frames) == pytest.approx(
        30 * 100, abs=4 * math.sqrt(3000) + 200
    )  # those who connect late miss some
    assert percentile([age for _, age in frames], 0.99) < 0.002 + 0.010 + 0.1
    assert requests(run.trace, "clients") == []
    assert len(list(run.trace.rows(event="connected"))) == 1000
    assert utilisation(run.trace, [f"worker-{n}" for n in range(1, 9)]) < 0.1


# -- slide 14


def slide14(server: str, polls: int, seconds: float = 300.0, **knobs: float) -> Run:
    return simulate(deployments.slide14(server=server, polls=polls, **knobs), seconds=seconds)


def test_slide_14_on_wsgi_the_stability_rule_is_polls_fewer_than_workers_less_the_pages_load() -> None:
    """P < 8 - 20·0.05 = 7. With 6 M/M/2 at half load, some 50 ms; with 7 the wait grows like a random walk; with
    8 pages are served only between two polls; with 200 not one of 6000."""
    assert 0.040 < percentile(latencies(slide14("wsgi", 6).trace, "clients"), 0.5) < 0.060
    assert 0.25 < percentile(latencies(slide14("wsgi", 7).trace, "clients"), 0.5) < 3.0
    assert 10.0 < percentile(latencies(slide14("wsgi", 8).trace, "clients"), 0.5) < 25.0
    assert latencies(slide14("wsgi", 200).trace, "clients") == []


@pytest.mark.parametrize(("polls", "busy"), [(0, 0.125), (200, 0.129), (2000, 0.160)])
def test_slide_14_on_channels_they_are_parked_and_the_pages_do_not_notice(polls: int, busy: float) -> None:
    """99 % of the pages take less than M/M/8's 0.23 s and two looks of 10 ms, four deviations of 12 ms about it;
    the workers' load is that of the pages and 4 ms for each cycle of a poll."""
    trace = slide14("channels", polls, seconds=90.0).trace
    assert percentile(latencies(trace, "clients"), 0.99) == pytest.approx(0.242, abs=4 * 0.012)
    share = utilisation(trace, [f"worker-{n}" for n in range(1, 9)])
    assert share == pytest.approx(busy, abs=4 * 0.05 * math.sqrt(2 * 1800) / (8 * 90) + 0.004)


def test_slide_14_slow_clients_hold_sync_workers_like_long_polls() -> None:
    """10 requests a second, readers of 20 s. 2 % of them: a load of 4.5 at 8 workers, which are
    all taken for 9 % of the time (Erlang C), and then for seconds: the p95 is no longer a page's own. 5 %:
    0.5·20 + 0.5 = 10.5, more than there are: the queue grows at 0.24 of the rate, for the whole run."""
    few = slide14("wsgi", 0, 2000.0, rate=9.8, slow=0.2)
    many = slide14("wsgi", 0, rate=9.5, slow=0.5)
    without = slide14("wsgi", 0, rate=10.0)
    p95 = [percentile(latencies(run.trace, "clients"), 0.95) for run in (without, few, many)]
    assert p95[0] < 0.2
    assert 2 * p95[0] < p95[1] < 15.0
    assert p95[2] > 20.0
    assert percentile(latencies(many.trace, "clients"), 0.5) > 10.0
    channels = slide14("channels", 0, rate=9.5, slow=0.5)
    assert percentile(latencies(channels.trace, "clients"), 0.95) < 0.2


# -- slides 27 and 32


def test_slide_27_it_is_slacks_queue_that_grows() -> None:
    """Twelve lines a second, of which the bot posts ten: the backlog grows by two a second, to 100."""
    run = simulate(deployments.slide27(members=10, rate=1.2), seconds=40.0)
    waiting = depth(run.trace, "slack.send")
    grown = (waiting.at(39.0) or 0) - (waiting.at(19.0) or 0)
    assert grown == pytest.approx(2 * 20, abs=4 * math.sqrt(12 * 20))
    assert grown > 0
    assert (depth(run.trace, "websocket.receive").maximum or 0) < 10
    posted = [row.t for row in run.trace.rows(event="sent", component="bot", detail="frame") if row.t > 20]
    assert len(posted) <= 10 * 20 + 1


def test_slide_32_one_room_hears_of_all_of_them() -> None:
    run = simulate(deployments.slide32(members=3), seconds=60.0)
    assert run.problems == ()
    channels = Counter(
        row.channel for row in run.trace.rows(event="received") if row.component.startswith("worker-")
    )
    wanted = {route.channels for route in many_protocols.channel_routing}
    assert {"udp.receive", "sms.receive", "tick", "websocket.receive"} <= channels.keys()
    assert len(wanted) == 7
    assert channels["tick"] == 6
    heard = Counter(row.component for row in run.trace.rows(event="received", detail="datagram"))
    assert heard["sensors"] == channels["udp.receive"]
    assert len(list(run.trace.rows(event="received", component="telephones"))) == channels["sms.receive"]


# -- the documentation's


def test_docs_small_site_four_workers_are_enough() -> None:
    """Pages are a load of 1, lines of 0.1: with four workers 99 % take no longer than M/M/4's 0.24 s and a look
    for replies, within the deviation of a p99 of 3000, some 10 ms; four of these."""
    run = simulate(deployments.docs_small_site(), seconds=150.0)
    law = MMc(22.0, 0.05, 4)
    times = latencies(run.trace, "clients")
    assert len(times) > 2500
    assert percentile(times, 0.99) == pytest.approx(law.percentile(0.99) + 0.01, abs=4 * 0.010)
    assert run.trace.end == 150.0
    assert not list(run.trace.rows(event="lost"))
    assert utilisation(run.trace, [f"worker-{n}" for n in range(1, 5)]) < 0.4


def test_daphne_no_workers_pages_hang_and_are_told_503_after_two_minutes() -> None:
    """Each message expires after 60 s; each client is told at the look, each 2 s, at which it has waited more
    than 120 s. Nothing else ever happens."""
    run = simulate(deployments.daphne_no_workers(network=NOWHERE))
    asked = {each.number: each.opened for each in requests(run.trace, "clients")}
    told = list(run.trace.rows(event="received", component="clients"))
    assert len(told) > 50
    assert {row.detail for row in told} == {"503"}
    assert all(120.0 < row.t - asked[row.request] <= 122.01 for row in told)
    sent = {row.message: row.t for row in run.trace.rows(event="sent", channel="http.request")}
    lost = list(run.trace.rows(event="lost"))
    assert {row.detail for row in lost} == {"expired"}
    assert len(sent) - 60 < len(lost) < len(sent)
    assert all(row.t >= sent[row.message] + 60.0 for row in lost)


def test_daphne_no_workers_is_cured_by_one() -> None:
    run = simulate(deployments.daphne_no_workers(workers=1), seconds=60.0)
    assert {each.answer for each in requests(run.trace, "clients")} <= {"200", None}


def test_daphne_beside_wsgi_pages_never_see_the_layer() -> None:
    """They take what four copies of the application take, M/M/4 at 50 a second, and the way through nginx."""
    run = simulate(deployments.daphne_beside_wsgi(network=NOWHERE), seconds=200.0)
    assert not [row for row in run.trace.rows(event="sent") if row.channel.startswith("http.")]
    times = latencies(run.trace, "clients")
    width = relative_half_width(0.625, len(times))
    assert fmean(times) == pytest.approx(MMc(50.0, 0.05, 4).mean_sojourn, rel=1.5 * width)
    assert len(list(run.trace.rows(event="received", component="chatters", detail="frame"))) > 200


def test_daphne_beside_wsgi_a_busy_chat_does_not_hold_up_the_pages() -> None:
    """A room that is far too much for two workers: the pages do not notice, and behind Daphne they would."""
    quiet, loud = (
        simulate(deployments.daphne_beside_wsgi(members=members, lines=lines, service=0.02), seconds=20.0)
        for members, lines in ((10, 0.1), (40, 2.0))
    )
    together = simulate(
        deployments.docs_small_site(rate=50.0, service=0.02, members=40, lines=2.0, workers=2), seconds=20.0
    )
    p99 = [percentile(latencies(run.trace, "clients"), 0.99) for run in (quiet, loud, together)]
    assert p99[1] == pytest.approx(p99[0], rel=0.15)
    assert p99[2] > 5 * p99[0]
    assert not list(quiet.trace.rows(event="lost"))
    assert {row.channel for row in loud.trace.rows(event="lost")} == {"websocket.receive"}


RATE, DOWN = 50.0, 5.0


def new_code(scenario: Scenario, *targets: str) -> dict[str, Any]:
    """What becomes of the requests while all that runs the application's code is away for five seconds."""
    deploy = Redeploy(name="new code", targets=targets, at=60.0, down=DOWN)
    return dict(simulate(scenario.add(deploy), seed=1).summary())


def test_slide_16_new_code_costs_a_wsgi_site_every_request_of_those_seconds() -> None:
    """About rate x seconds of them, give or take four standard deviations."""
    away = new_code(deployments.slide07(rate=RATE, workers=4, seconds=120.0), "gunicorn")
    assert sum(away["failed"].values()) == pytest.approx(RATE * DOWN, abs=4 * (RATE * DOWN) ** 0.5)


def test_slide_16_a_layer_with_room_keeps_them_all_for_the_new_workers() -> None:
    """Nobody fails; the first of them waited for nearly all of the five seconds."""
    away = new_code(deployments.slide16(rate=RATE, workers=4, capacity=1000, seconds=120.0))
    assert sum(away["failed"].values()) == 0
    assert DOWN * 0.8 < away["p99"] < DOWN + 1.0


def test_slide_16_a_layer_with_less_room_keeps_what_it_holds() -> None:
    """The first hundred wait, and the others are told 503."""
    away = new_code(deployments.slide16(rate=RATE, workers=4, capacity=100, seconds=120.0))
    assert sum(away["failed"].values()) == pytest.approx(RATE * DOWN - 100, abs=4 * (RATE * DOWN) ** 0.5)


STEP = 0.15


def progress(message: Message) -> None:
    """A consumer that really takes its time, and tells of it as it goes."""
    assert message.reply_channel is not None
    for part in ("a third", "two thirds", "done"):
        time.sleep(STEP)
        message.reply_channel.send({"text": part})


def told_after(era: str) -> list[float]:
    """For real: seconds from the consumer's beginning to each of its three sends."""
    later = era != "june2016"
    hello = route("websocket.connect", chat.ws_accept if later else chat.ws_connect)
    world = deployments.slide24(
        members=1, rate=5.0, era=era, routing=(hello, route("websocket.receive", progress))
    ).change("chatters", settle=0.2, connect_over=0.0)
    run = execute(world, seconds=3.0)
    request = next(run.trace.rows(event="begun", detail="progress")).request
    begun = next(run.trace.rows(event="begun", detail="progress")).t
    sent = [row.t - begun for row in run.trace.rows(event="sent", request=request) if "!" in row.channel]
    assert len(sent) == 3
    return sent


def test_slide_21_in_june_2016_what_a_consumer_sends_leaves_as_it_is_sent() -> None:
    first, second, third = told_after("june2016")
    assert first >= STEP
    assert second - first >= STEP
    assert third - second >= STEP


def test_slide_21_since_1_0_it_leaves_when_the_consumer_is_done() -> None:
    assert min(told_after("channels10")) >= 3 * STEP


# -- slide 24


def crowd(members: int, rooms: int, seconds: float) -> dict[str, Any]:
    """So many people who say a line each ten seconds; a line costs 5 ms and 0.2 ms a member, on one of four workers.

    The interface server takes no time, as in the figures that the talk is taught with: at its own
    default of 0.3 ms a frame, it and not the workers would be the wall, at some 180 members.
    """
    scenario = deployments.rooms(
        names=tuple(f"room-{n}" for n in range(rooms)), members=members, workers=4, cores=6, seconds=seconds
    )
    scenario = scenario.change("daphne", cpu=0.0, poll=0.0, idle_poll=0.0)
    return dict(simulate(scenario.change("chatters", connect_over=5.0, settle=6.0), seed=1).summary())


def test_slide_24_ten_rooms_of_sixty_are_no_crowd() -> None:
    """22 ms for 99 of a hundred lines: 5 ms, 60 times 0.2 ms, and little waiting."""
    calm = crowd(600, 10, 20.0)
    assert calm["lost"] == {}
    assert 0.017 < calm["p99"] < 0.030


def test_slide_24_one_room_has_a_wall_between_four_and_five_hundred() -> None:
    """N x 0.1 x (5 ms + N x 0.2 ms) = 4 workers: N = 435. Well below nobody waits long; beyond it all do."""
    below, beyond = crowd(300, 1, 20.0), crowd(500, 1, 20.0)
    assert below["lost"] == {}
    assert below["p99"] < 0.25
    assert beyond["p99"] > 1.0


def test_overload_a_longer_queue_serves_nobody_who_is_still_there() -> None:
    """Behind 400 others a request waits four seconds, and its client two: as much is done, for nobody."""
    short, long, expiring = (
        simulate(deployments.overload(**knobs), seconds=40.0).summary()
        for knobs in ({}, {"capacity": 400}, {"capacity": 1000, "expiry": 1.5})
    )
    assert min(each["utilisation"] for each in (short, long, expiring)) > 0.98
    assert short["served"] > 0.95 * 40 * 100
    assert long["served"] < 0.5 * short["served"]
    assert expiring["served"] > 0.9 * short["served"]


def test_overload_without_patience_or_with_nonsense_for_it() -> None:
    run = simulate(deployments.overload(patience=0.0), seconds=20.0)
    assert set(run.summary()["failed"]) == {"full"}
    with pytest.raises(ScenarioError, match="overload: patience=-1"):
        deployments.overload(patience=-1.0)
