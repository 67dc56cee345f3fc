"""Page visitors: a page and its assets, over HTTP/1.1 and HTTP/2, with server push and without."""

from collections import Counter
from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, execute, simulate
from chansim.applications.pages import push_routing, views
from chansim.duration import Exponential
from chansim.measures.latency import requests
from chansim.measures.visits import visits
from chansim.model.arrivals import Arrivals, Recorded
from chansim.model.balancer import Balancer
from chansim.model.machine import Machine
from chansim.model.network import Link, Network
from chansim.model.page_visitors import PageVisitors
from chansim.model.pushing_server import PushingServer
from chansim.model.wsgi_server import WSGIServer
from model.tiny import NOWHERE, books, channels_world, fails, site

ONCE = Recorded((0.0,))


def far(rtt: float = 0.1, jitter: float = 0.0) -> Network:
    """A network on which only the way to the clients takes time: *rtt* there and back."""
    return Network(Link(0.0), Link(0.0), outside=Link(rtt / 2, Exponential(jitter) if jitter else 0.0))  # type: ignore[arg-type]


def visitors(arrivals: Arrivals = ONCE, **fields: Any) -> PageVisitors:
    return PageVisitors(name="visitors", server="server", arrivals=arrivals, **fields)


def wsgi(
    people: PageVisitors, workers: int = 8, io: float = 0.01, network: Network | None = None
) -> Scenario:
    """The visitors, and a WSGI server."""
    server = WSGIServer(name="server", machine="host", application="site", workers=workers)
    parts = (people, Machine(name="host", cores=100), site(io=io, wsgi=views), server)
    return Scenario("pages", parts, network or far(), None)


def channels(
    people: PageVisitors,
    workers: int = 8,
    io: float = 0.01,
    network: Network | None = None,
    push: bool = False,
    **layer: Any,
) -> Scenario:
    """The same, and an interface server that can push, with an application that does or does not."""
    application = site(io=io, wsgi=views, routing=push_routing if push else ())
    server = PushingServer(name="server", machine="host", layer="layer", cpu=0.0, poll=0.0, idle_poll=0.0)
    world = channels_world(
        workers=workers,
        application=application,
        network=network or far(),
        seconds=None,
        more=(people,),
        **layer,
    )
    return world.with_(components=tuple(server if c.name == "server" else c for c in world.components))


def loaded(world: Scenario, seed: int = 1) -> list[float]:
    """Seconds of each visit, to the microsecond."""
    return [
        round(visit.seconds, 6)
        for visit in visits(simulate(world, seed).trace, "visitors")
        if visit.seconds is not None
    ]


ONE = {"connections": 1}
SIX = {"connections": 6}
H2 = {"protocol": "http/2"}


@pytest.mark.parametrize(("how", "seconds"), [(ONE, 2.31), (SIX, 0.55), ({}, 0.55), (H2, 0.24)])
def test_slide_8(how: dict[str, Any], seconds: float) -> None:
    """Page and 20 assets, 100 ms there and back, 10 ms each, 8 workers. One connection: 21 times 110 ms. Six:
    the page, and four rounds. HTTP/2: the page; and at once 20 streams, of which the last finds its worker in
    the third round."""
    assert loaded(wsgi(visitors(**how))) == [seconds]
    assert loaded(channels(visitors(**how))) == [seconds]


def test_slide_8_with_push() -> None:
    """No second round trip: the page's 10 ms, three rounds of assets, and one way there and back."""
    assert loaded(channels(visitors(**H2), push=True)) == [0.14]


@pytest.mark.parametrize(("rtt", "io", "assets", "workers"), [(0.03, 0.02, 7, 3), (0.2, 0.005, 30, 6)])
def test_the_formulas_hold_for_other_numbers(rtt: float, io: float, assets: int, workers: int) -> None:
    """With as many connections as workers, nobody waits but for its connection; over HTTP/2, but for a worker."""
    rounds = -(-assets // workers)

    def load(**how: Any) -> float:
        (seconds,) = loaded(wsgi(visitors(assets=assets, **how), workers, io, far(rtt)))
        return seconds

    assert load(connections=1) == pytest.approx((1 + assets) * (rtt + io), abs=1e-6)
    assert load(connections=workers) == pytest.approx((1 + rounds) * (rtt + io), abs=1e-6)
    assert load(protocol="http/2") == pytest.approx(2 * rtt + (1 + rounds) * io, abs=1e-6)


def test_each_stream_is_a_request_on_its_connection() -> None:
    """Readable as a waterfall: over six connections, the page on the first, and the assets as they come free."""
    run = simulate(wsgi(visitors(assets=8)))
    sent = [(round(row.t, 6), row.channel) for row in run.trace.rows(event="sent", component="visitors")]
    assert sent == [
        (0.0, "connection 1 of visit 1 of visitors"),
        *[(0.11, f"connection {n} of visit 1 of visitors") for n in range(1, 7)],
        (0.22, "connection 1 of visit 1 of visitors"),
        (0.22, "connection 2 of visit 1 of visitors"),
    ]
    answered = [row.channel for row in run.trace.rows(event="received", component="visitors")]
    assert Counter(answered) == Counter(channel for _, channel in sent)
    assert [each.outcome for each in requests(run.trace, "visitors")] == ["served"] * 9


def test_a_connection_carries_one_request_at_a_time_over_http_1_1_only() -> None:
    def at_once(how: dict[str, Any]) -> int:
        open_, most = Counter[str](), 0
        for row in simulate(wsgi(visitors(**how))).trace.rows():
            if row.channel.startswith("connection ") and row.component == "visitors":
                open_[row.channel] += 1 if row.event == "sent" else -1
                most = max(most, *open_.values())
        return most

    assert (at_once(ONE), at_once(SIX), at_once(H2)) == (1, 1, 20)


def pushes(run: Run) -> int:
    return len(list(run.trace.rows(event="received", component="visitors", detail="push")))


def test_what_is_pushed_is_not_asked_for() -> None:
    run = simulate(channels(visitors(**H2), push=True))
    (visit,) = visits(run.trace, "visitors")
    assert (visit.tries, len(visit.pushed), pushes(run)) == (1, 20, 20)
    assert {each.outcome for each in visit.pushed} == {"served"}


def test_announcements_come_before_the_page() -> None:
    trace = simulate(channels(visitors(**H2), push=True)).trace
    kinds = [
        row.detail
        for row in trace.rows(event="sent", component="server", channel="connection 1 of visit 1 of visitors")
    ]
    assert kinds == ["push"] * 20 + ["200"] * 21


def test_a_client_that_cannot_take_a_push_gets_none_and_asks() -> None:
    run = simulate(channels(visitors(), push=True))
    assert pushes(run) == 0
    assert [visit.seconds for visit in visits(run.trace, "visitors")] == [pytest.approx(0.55)]
    assert books(run.trace).lost == {"no push": 20}


def test_an_asset_that_is_not_pushed_is_asked_for() -> None:
    """The page has 24, of which the application pushes 20."""
    run = simulate(channels(visitors(assets=24, **H2), push=True))
    (visit,) = visits(run.trace, "visitors")
    assert (visit.tries, len(visit.pushed)) == (5, 20)


def test_daphne_never_pushed() -> None:
    """In June 2016 a reply of that kind took the reader of all replies with it."""
    world = channels(visitors(**H2), push=True)
    daphne = channels_world(
        application=world["site"], seconds=5.0, more=(visitors(**H2),), network=far(), workers=8
    )
    run = simulate(daphne)
    assert books(run.trace).lost == {"bad reply": 1}
    assert [visit.outcome for visit in visits(run.trace, "visitors")] == ["waiting"]


def test_a_proxy_that_speaks_http_1_1_to_its_servers_gets_no_push() -> None:
    world = channels(visitors(**H2), push=True).add(Balancer(name="nginx", servers=("server",)))
    run = simulate(world.change("visitors", server="nginx"))
    assert books(run.trace).lost == {"no push": 20}
    assert [visit.outcome for visit in visits(run.trace, "visitors")] == ["served"]


def test_a_page_that_fails_has_no_assets() -> None:
    world = wsgi(visitors(Recorded((0.0, 1.0)))).change("site", wsgi=fails)
    assert [(visit.tries, visit.outcome) for visit in visits(simulate(world).trace, "visitors")] == [
        (1, "failed"),
        (1, "failed"),
    ]


def test_full_channels_end_visits_all_the_same() -> None:
    """A layer with room for 4: what finds it full is a 503, pushed or not, and each visit is over in the end."""
    for how, push in ((SIX, False), (H2, False)):
        run = simulate(channels(visitors(Recorded((0.0, 0.01)), **how), 2, push=push, capacity=4))
        assert {visit.outcome for visit in visits(run.trace, "visitors")} <= {"served", "failed"}
        assert books(run.trace).lost.keys() == {"full"}
        assert books(run.trace).waiting == 0


def test_jitter_changes_nothing_of_the_order_on_a_connection() -> None:
    """A promise arrives before the page that was sent after it, or the asset would be asked for too."""
    many = Recorded(tuple(n / 2 for n in range(40)))
    run = simulate(channels(visitors(many, **H2), push=True, network=far(jitter=0.2)))
    assert [(v.tries, len(v.pushed), v.outcome) for v in visits(run.trace, "visitors")] == [
        (1, 20, "served")
    ] * 40


def test_visits_ask_for_the_same_work_over_either_protocol() -> None:
    """Of exponential service: the n-th visit's page takes as long."""

    def pages(how: dict[str, Any]) -> list[float]:
        many = Recorded(tuple(float(n) for n in range(30)))
        world = wsgi(visitors(many, **how), 1000).change("site", io=Exponential(0.01))
        trace = simulate(world).trace
        begun = {row.request: row.t for row in trace.rows(event="begun")}
        ended = {row.request: row.t for row in trace.rows(event="ended")}
        first = [visit.requests[0].number for visit in visits(trace, "visitors")]
        return [round(ended[n] - begun[n], 9) for n in first]

    assert pages(ONE) == pages(SIX) == pages(H2)


@pytest.mark.parametrize("how", [SIX, H2])
def test_pages_are_loaded_for_real(how: dict[str, Any]) -> None:
    """20 assets of 50 ms: three rounds of eight workers, or four of six connections, after the page."""
    for world in (
        wsgi(visitors(**how), io=0.05, network=NOWHERE),
        channels(visitors(**how), io=0.05, network=NOWHERE, push=True),
    ):
        run = execute(world, seconds=10.0)
        assert not run.problems
        (visit,) = visits(run.trace, "visitors")
        assert visit.outcome == "served"
        assert visit.tries + len(visit.pushed) == 21
        assert visit.seconds is not None
        assert 0.2 <= visit.seconds < 2.0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"protocol": "spdy"},
            "page visitors 'visitors': protocol='spdy': it must be one of http/1.1, http/2",
        ),
        ({"protocol": "http/2", "connections": 6}, "connections=6: HTTP/2 has one connection for all"),
        ({"assets": -1}, "assets=-1: it must be a whole number of assets from 0"),
        ({"asset_path": "assets"}, "asset_path='assets': it must be text that begins with '/'"),
        ({"arrivals": 3}, "arrivals=3"),
    ],
)
def test_bad_visitors_are_answered_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        visitors(**fields)


def test_the_boxes_say_what_they_are() -> None:
    assert visitors(**H2).label == ("Clients", "HTTP/2, page + 20")
    assert channels(visitors())["server"].label == ("Interface Server", "(HTTP/2 with push)")
