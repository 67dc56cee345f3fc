"""Pollers and long pollers: what it costs to hear of events over HTTP."""

import math
from collections import Counter
from statistics import fmean
from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, execute, simulate
from chansim.applications.polling import long_polling, parking, polling
from chansim.duration import EventOrTimeout, Exponential
from chansim.measures.latency import counts, latencies, percentile, requests
from chansim.measures.polling import empty_share, staleness
from chansim.measures.utilisation import utilisation
from chansim.model.arrivals import Poisson, Recorded, Regular
from chansim.model.client import Clients
from chansim.model.component import Component
from chansim.model.event_source import EventSource
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.pollers import LongPollers, Pollers
from chansim.model.wsgi_server import WSGIServer
from model.tiny import AT_ONCE, NOWHERE, books, channels_world, fails, pick, site


def wsgi(*people: Component, workers: int = 8, seconds: float = 10.0, **application: Any) -> Scenario:
    """Some clients, and a WSGI server."""
    server = WSGIServer(name="server", machine="host", application="site", workers=workers, backlog=10**6)
    parts = (*people, Machine(name="host", cores=100), site(**application), server)
    return Scenario("polls", parts, NOWHERE, seconds)


def pollers(members: int, every: float, rate: float = 0.1) -> Pollers:
    return Pollers(name="pollers", server="server", members=members, every=every, rate=rate)


def long_pollers(members: int, start_over: float = 0.0, **fields: Any) -> LongPollers:
    return LongPollers(name="pollers", server="server", members=members, start_over=start_over, **fields)


def asked(run: Run, who: str = "pollers") -> list[float]:
    return [round(row.t, 6) for row in run.trace.rows(event="sent", component=who, detail="request")]


# -- polling


def test_a_poller_asks_by_the_clock_whether_or_not_it_was_answered() -> None:
    moments = asked(simulate(wsgi(pollers(1, 2.0), wsgi=polling, io=5.0)))
    assert len(moments) == 5
    assert 0 <= moments[0] < 2.0
    assert moments == [pytest.approx(moments[0] + 2.0 * n) for n in range(5)]


def test_members_ask_out_of_step() -> None:
    moments = asked(simulate(wsgi(pollers(500, 4.0), wsgi=polling, seconds=4.0)))
    assert len(moments) == 500
    assert all(100 < sum(n <= moment < n + 1 for moment in moments) < 150 for n in range(4))


@pytest.mark.parametrize(("every", "per_second", "empty"), [(5.0, 200, 0.61), (1.0, 1000, 0.90)])
def test_slide_10(every: float, per_second: int, empty: float) -> None:
    """1000 clients, 0.1 events a second each. Polls: 1000/I a second, of which e^(-0.1 I) are empty, and events
    are I/2 old on average when they arrive. 60 s, four deviations: of an empty share, binomial; of the mean of an
    age that is uniform from 0 to I."""
    trace = simulate(wsgi(pollers(1000, every), wsgi=polling, seconds=60.0)).trace
    polls = requests(trace, "pollers")
    assert len(polls) == pytest.approx(60 * per_second, abs=1)
    expected = math.exp(-0.1 * every)
    assert expected == pytest.approx(empty, abs=0.006)
    # a member's first poll looks back over a part of an interval only
    later = [each for each in polls if each.opened >= every]
    share = sum(each.answer == "204" for each in later) / len(later)
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / len(later)))
    assert empty_share(trace, "pollers") == pytest.approx(share, abs=0.1)
    ages = staleness(trace, "pollers")
    assert len(ages) > 60 * 100 - 1000
    assert fmean(ages) == pytest.approx(every / 2, abs=4 * every / math.sqrt(12 * len(ages)))
    assert max(ages) <= every


def test_an_event_is_stale_until_the_answer_to_the_next_poll() -> None:
    """A view of 0.5 s: what is asked for then is heard of then, and what happens meanwhile later."""
    trace = simulate(wsgi(pollers(1, 3.0, rate=1.0), wsgi=polling, io=0.5, seconds=60.0)).trace
    moments = [row.t for row in trace.rows(event="sent", detail="request")]
    happened = {row.message: row.t for row in trace.rows(event="sent", detail="event")}
    heard = [(row.message, row.t) for row in trace.rows(event="received", detail="event")]
    assert len(heard) > 30
    for message, t in heard:
        next_poll = min(moment for moment in moments if moment > happened[message])
        assert t == pytest.approx(next_poll + 0.5)


def test_a_poll_that_fails_leaves_its_events_to_the_next() -> None:
    """Every event is heard of once, or is still to be asked for: the books say so."""
    world = wsgi(pollers(3, 1.0, rate=2.0), wsgi=polling, io=0.3, workers=1).change("server", backlog=1)
    trace = simulate(world, seconds=60.0).trace
    assert books(trace).lost.keys() == {"backlog full"}
    heard = [row.message for row in trace.rows(event="received", detail="event")]
    assert len(heard) == len(set(heard)) > 200
    assert max(staleness(trace, "pollers")) > 1.3  # some had to wait for a second poll


def test_polls_of_an_application_that_fails_bring_nothing() -> None:
    trace = simulate(wsgi(pollers(1, 1.0, rate=5.0), wsgi=fails)).trace
    assert not list(trace.rows(event="received", detail="event"))
    assert math.isnan(empty_share(trace, "pollers"))
    assert staleness(trace, "pollers") == []


def test_polls_go_through_a_channel_layer_as_well() -> None:
    world = channels_world(
        application=site(wsgi=polling), more=(pollers(20, 1.0, rate=0.5),), server=AT_ONCE, workers=4
    )
    run = simulate(world, seconds=30.0)
    assert fmean(staleness(run.trace, "pollers")) == pytest.approx(0.5, abs=4 / math.sqrt(12 * 300))


# -- long polling: held by a WSGI worker


def test_a_long_poller_asks_again_as_soon_as_it_is_answered() -> None:
    world = wsgi(long_pollers(1), wsgi=long_polling(3.0))
    assert asked(simulate(world)) == [0.0, 3.0, 6.0, 9.0]


def test_a_long_poll_holds_its_worker_and_a_page_must_wait() -> None:
    page = Clients(name="clients", server="server", arrivals=Recorded((1.0,)))
    world = wsgi(long_pollers(1), page, wsgi=long_polling(3.0), workers=1, io=0.25)
    trace = simulate(world).trace
    assert [pick(row, "t", "detail") for row in trace.rows(event="received", component="clients")] == [
        (3.25, "200")
    ]


def test_after_a_failure_a_long_poller_pauses() -> None:
    assert asked(simulate(wsgi(long_pollers(1, pause=2.5), wsgi=fails))) == [0.0, 2.5, 5.0, 7.5]


def test_a_long_poll_lasts_until_the_event_or_the_timeout() -> None:
    """Events every 10 s, timeout 30 s: 10·(1 - e^-3) = 9.5 s on average, of a deviation of 8.3."""
    law = EventOrTimeout(10.0, 30.0)
    trace = simulate(wsgi(long_pollers(50), wsgi=long_polling(law), workers=50), seconds=600.0).trace
    times = latencies(trace, "pollers")
    deviation = law.mean * math.sqrt(law.scv)
    assert law.mean == pytest.approx(10 * (1 - math.exp(-3)))
    assert fmean(times) == pytest.approx(
        law.mean, abs=4 * deviation / math.sqrt(len(times)) + 30 * 50 / len(times) / 10
    )
    assert max(times) == pytest.approx(30.0)


PAGES = Clients(name="clients", server="server", arrivals=Poisson(20.0))


def pages_beside(members: int, seconds: float = 300.0) -> tuple[list[float], int, int]:
    """8 sync workers, pages of 50 ms at 20 a second, and long polls of 30 s: the pages' times, how many were
    served, and how many asked."""
    people = (PAGES, long_pollers(members)) if members else (PAGES,)
    trace = simulate(wsgi(*people, wsgi=long_polling(30.0), io=Exponential(0.05), seconds=seconds)).trace
    counted = counts(requests(trace, "clients"))
    return latencies(trace, "clients"), counted.served, counted.requests


def test_slide_14_on_wsgi() -> None:
    """Pages keep one worker busy (load 1), so P long polls leave them enough while P < 8 - 1. With 6, M/M/2 at
    half load: a median of 48 ms. With 7, one worker at load 1: the wait grows like a random walk, √n·50 ms, here
    between a quarter of a second and two. With 8, pages are served only between two polls, each 30 s. With 200
    polls in the queue, 192·30/8 = 720 s pass before the first page."""
    assert 0.040 < percentile(pages_beside(6)[0], 0.5) < 0.056
    assert 0.25 < percentile(pages_beside(7)[0], 0.5) < 2.0
    assert 14.0 < percentile(pages_beside(8)[0], 0.5) < 22.0
    _, served, wanted = pages_beside(200)
    assert served == 0
    assert abs(wanted - 6000) < 4 * math.sqrt(6000)


# -- long polling: parked behind a channel layer


def parked(members: int, arrivals: Any, *more: Component, **world: Any) -> Scenario:
    """Long pollers whose reply channels are parked, an interface server that says when requests are over, as of
    Channels 1.0, and a source of events."""
    events = EventSource(name="events", machine="host", layer="layer", arrivals=arrivals, members=members)
    application = site(wsgi=long_polling(), routing=parking, **world.pop("application", {}))
    server = {"http_disconnect": True, **world.pop("server", AT_ONCE)}
    options = {"era": "channels10", "application": application, "server": server, **world}
    start = options.pop("start_over", 0.0)
    return channels_world(more=(long_pollers(members, start), events, *more), **options)


def test_a_parked_poll_holds_no_worker_and_is_answered_by_the_event() -> None:
    """Parking and answering take 2 ms each."""
    page = Clients(name="clients", server="server", arrivals=Recorded((1.0,)))
    run = simulate(parked(1, Recorded((3.0, 7.0)), page, application={"io": 0.25}))
    assert asked(run) == [0.0, 3.002, 7.002]
    assert [pick(row, "t", "detail") for row in run.trace.rows(event="received", component="clients")] == [
        (1.25, "200")
    ]


def test_each_event_answers_its_own_member() -> None:
    run = simulate(parked(3, Recorded((1.0, 2.0, 3.0)), workers=3))
    served = [each for each in requests(run.trace, "pollers") if each.outcome == "served"]
    assert [round(each.answered or 0, 6) for each in served] == [1.002, 2.002, 3.002]
    assert {each.opened for each in served} == {0.0}


def most_parked(run: Run) -> int:
    """How many reply channels at most were in one group."""
    there, most = Counter[str](), 0
    for row in run.trace.rows():
        if row.event in ("joined", "left"):
            there[row.detail] += 1 if row.event == "joined" else -1
            most = max(most, there[row.detail])
    return most


def test_who_was_answered_is_parked_no_more() -> None:
    run = simulate(parked(2, Regular(1.0, offset=0.5), workers=2), seconds=20.0)
    assert most_parked(run) == 1
    assert len(list(run.trace.rows(event="left"))) > 8
    assert books(run.trace).lost == {}


def test_in_june_2016_nobody_could_say_who_was_over_and_the_gone_stayed_in_the_group() -> None:
    """http.disconnect did not name the path. What is sent to those who are gone is read by nobody, and only when
    it expires, after 5 s, with an event every 2 s, is the member forgotten."""
    run = simulate(parked(1, Regular(0.5, offset=1.0), era="june2016", expiry=5.0), seconds=30.0)
    assert 3 < most_parked(run) <= 5
    assert books(run.trace).lost.keys() == {"expired"}
    assert len([each for each in requests(run.trace, "pollers") if each.outcome == "served"]) == 15


@pytest.mark.parametrize(("members", "busy"), [(0, 0.125), (200, 0.129), (2000, 0.160)])
def test_slide_14_on_channels(members: int, busy: float) -> None:
    """1 Daphne, 8 workers, the same pages: however many long polls are parked, 99 % of the pages take less than
    M/M/8's 0.23 s and a look for replies, 10 ms. 90 s are 1800 pages, of whose p99 the deviation is some
    √(0.01·0.99/1800)/f = 12 ms, with f = 0.01·20 the density there; four of these. A cycle of a poll costs 4 ms
    of a worker, so 8 workers are 20·50 ms + P/30·4 ms busy; the pages' work has a deviation of 50·√(2·1800) ms."""
    people: tuple[Component, ...] = (PAGES,)
    if members:
        world = parked(
            members, Regular(members / 30), *people, workers=8, server={"cpu": 0.000_3}, start_over=30.0,
            application={"io": Exponential(0.05)},
        )  # fmt: skip
    else:
        world = channels_world(
            application=site(wsgi=long_polling(), io=Exponential(0.05)),
            more=people,
            workers=8,
            server={"cpu": 0.000_3},
        )
    trace = simulate(world, seconds=90.0).trace
    assert percentile(latencies(trace, "clients"), 0.99) == pytest.approx(0.240, abs=4 * 0.012)
    share = utilisation(trace, [f"worker-{n}" for n in range(1, 9)])
    assert share == pytest.approx(busy, abs=4 * 0.05 * math.sqrt(2 * 1800) / (8 * 90))
    assert books(trace).lost == {}


# -- the way, and both worlds


def test_the_way_to_the_clients_is_part_of_an_events_age() -> None:
    far = Network(Link(0.0), Link(0.0), outside=Link(0.2))
    world = wsgi(pollers(1, 3.0, rate=1.0), wsgi=polling, seconds=60.0).with_(network=far)
    assert min(staleness(simulate(world).trace, "pollers")) >= 0.4


def test_polls_happen_for_real() -> None:
    run = execute(wsgi(pollers(10, 0.2, rate=5.0), wsgi=polling), seconds=1.5)
    assert not run.problems
    assert 60 < len(asked(run)) <= 80
    assert 0.02 < fmean(staleness(run.trace, "pollers")) < 0.3


def test_long_polls_happen_for_real() -> None:
    held = execute(wsgi(long_pollers(2), wsgi=long_polling(0.25), workers=2), seconds=1.2)
    assert not held.problems
    assert 6 <= len(asked(held)) <= 10
    waiting = execute(parked(3, Regular(10.0), workers=2), seconds=1.5)
    assert not waiting.problems
    assert books(waiting.trace).lost == {}
    served = [each for each in requests(waiting.trace, "pollers") if each.outcome == "served"]
    assert 9 <= len(served) <= 16


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: pollers(0, 1.0), "pollers 'pollers': members=0"),
        (lambda: pollers(1, 0.0), "every=0.0: it must be a number of seconds above 0"),
        (lambda: pollers(1, 1.0, rate=0.0), "rate=0.0"),
        (lambda: long_pollers(1, path="poll"), "path='poll': it must be text that begins with '/'"),
        (lambda: long_pollers(1, pause=0.0), "pause=0.0: it must be a number of seconds above 0"),
        (lambda: EventSource(name="e", layer="layer", arrivals=3), "event source 'e': arrivals=3"),  # type: ignore[arg-type]
        (
            lambda: EventSource(name="e", layer="layer", channel=""),
            "channel='': it must be the name of a channel",
        ),
    ],
)
def test_what_cannot_be_is_answered_in_words(make: Any, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        make()


def test_the_boxes_say_what_they_do() -> None:
    assert pollers(100, 5.0).label == ("Clients", "100 poll every 5 s")
    assert long_pollers(8).label == ("Clients", "8 long polls")
    assert EventSource(name="e", layer="l", arrivals=Regular(2.0)).label == ("Events", "2/s, regular")
