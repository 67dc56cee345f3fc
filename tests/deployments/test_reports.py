"""The public reports come out as they were told: the claim of each, and a band about its figure."""

import math
from collections import Counter
from statistics import fmean
from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, simulate
from chansim.applications import rooms
from chansim.applications.reports import ordered
from chansim.deployments import reports
from chansim.measures.latency import latencies
from model.tiny import books

ALL = pytest.mark.parametrize(
    "report", [getattr(reports, name) for name in reports.__all__], ids=reports.__all__
)


def lost(run: Run) -> dict[str, int]:
    """The messages lost, by cause."""
    return dict(Counter(row.detail for row in run.trace.rows(event="lost")))


def frames(run: Run, who: str = "chatters") -> list[float]:
    """When frames reached the browsers."""
    return [row.t for row in run.trace.rows(event="received", component=who, detail="frame")]


@ALL
def test_each_is_a_scenario_that_can_be_saved(report: Any) -> None:
    scenario = report()
    assert Scenario.from_text(scenario.to_text()) == scenario
    assert report() == scenario != report(seconds=7.0)


@ALL
def test_the_books_balance(report: Any) -> None:
    kept = books(simulate(report(), seconds=20.0).trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert kept.sent > 50


@pytest.mark.parametrize(
    ("members", "delivered"), [(100, 100), (150, 138), (200, 150), (400, 200), (800, 300)]
)
def test_rd62_of_a_large_room_a_hundred_and_a_quarter_of_the_members_hear_a_line(
    members: int, delivered: int
) -> None:
    """min(N, 100 + 0.25·N), to one message: the queue is read while it is filled, four times as slowly."""
    assert delivered == pytest.approx(min(members, 100 + 0.25 * members), abs=0.5)
    run = simulate(reports.rd62(members=members))
    assert len(frames(run)) == pytest.approx(delivered, abs=1)
    assert lost(run) == ({"group member full": members - len(frames(run))} if members > 133 else {})


def test_rd62_a_daphne_that_reads_as_fast_as_is_sent_loses_nothing() -> None:
    run = simulate(reports.rd62(members=400, cpu=0.001))
    assert len(frames(run)) == 400


def cleared(workers: int, patience: float = 0.0) -> tuple[float, int, int]:
    """Seconds until the backlog is done, how many workers died meanwhile, and how many messages were lost."""
    run = simulate(reports.ch643(workers=workers, patience=patience))
    done = max(row.t for row in run.trace.rows(event="ended") if row.component.startswith("worker-"))
    died = sum(row.detail == "worker died" for row in run.trace.rows(event="fault"))
    assert len(frames(run, "browser")) + died == 20_000
    return done - 1.0, died, lost(run).get("worker died", 0)


def test_ch643_up_to_what_daphne_reads_more_workers_help_and_beyond_they_die() -> None:
    """20 000 pieces of 10 ms at 1, 2 and 4 workers: 200, 100 and 50 s, of deviations 1.4, 0.7 and 0.4, and with
    four the queue is full now and then. With 32, Daphne's 400 a second are met by 3200: whoever finds the
    queue full is away for 3 s. In all they do no more than 32 deaths every 3 s and some 2 s of work let them."""
    one, two, four, many = (cleared(workers) for workers in (1, 2, 4, 32))
    assert one[:2] == (pytest.approx(200.0, abs=4 * 1.4), 0)
    assert two[:2] == (pytest.approx(100.0, abs=4 * 0.7), 0)
    assert 50.0 - 4 * 0.4 < four[0] < 60.0
    assert four[1] < 30
    assert four[0] * 1.2 < many[0] < 100.0, "slower than four"
    assert 500 < many[1] < 1000
    assert 0.025 < many[2] / 20_000 < 0.05


def test_ch643_since_1_1_4_a_worker_waits_and_next_to_none_dies() -> None:
    """What Daphne reads at 400 a second takes 50 s."""
    seconds, died, gone = cleared(32, patience=2.0)
    assert seconds == pytest.approx(50.0, abs=2.0)
    assert died == gone <= 5


def test_ch393_the_socket_stops_and_its_wait_channel_overflows() -> None:
    run = simulate(reports.ch393())
    heard = frames(run)
    assert 0 < max(heard) < 100.0, "it stops in the first half, and never begins again"
    counted = lost(run)
    assert counted["full"] > 200
    assert counted["full"] == counted["consumer failed"]
    said = len(list(run.trace.rows(event="sent", component="chatters", detail="frame")))
    assert max(heard) * 4 == pytest.approx(len(heard), abs=4 * math.sqrt(len(heard)) + 8)
    assert said > 700


def test_ch393_whoever_looks_again_forgets_nothing() -> None:
    run = simulate(reports.ch393(routing=ordered.mended_routing))
    said = len(list(run.trace.rows(event="sent", component="chatters", detail="frame")))
    assert said - 5 <= len(frames(run)) <= said
    assert said > 700
    assert lost(run) == {}


@pytest.mark.parametrize(("within", "joined"), [(0.1, 140), (0.5, 300), (1.0, 500)])
def test_da18_who_joins_is_what_the_channel_holds_and_the_workers_take_meanwhile(
    within: float, joined: int
) -> None:
    """100 + 4·B/10 ms, and the four in hand; with a whole second the channel is full only by chance."""
    assert joined == min(500, 100 + 4 * within / 0.01)
    run = simulate(reports.da18(within=within))
    there = len(list(run.trace.rows(event="joined")))
    assert joined - (20 if within == 1.0 else 0) <= there <= min(500, joined + 4)
    assert lost(run) == {"full": 500 - there}
    assert len(list(run.trace.rows(event="connected"))) == 500, "all look connected"
    assert not list(run.trace.rows(event="received", component="chatters")), "and nobody was told"


def test_da18_since_1_0_they_are_told() -> None:
    run = simulate(reports.da18(era="channels10"))
    told = Counter(row.detail for row in run.trace.rows(event="received", component="chatters"))
    assert told["503"] == 500 - told["accept"]
    assert 140 <= told["accept"] <= 144


@pytest.mark.parametrize(("layer", "added"), [("redis", 0.005), ("in memory", 0.010)])
def test_ch715_looks_alone_cost_5_or_10_ms(layer: str, added: float) -> None:
    """A page of 10 ms, exponential: the means of 4000 have a deviation of 0.16 ms, the looks of 0.07; each look is
    U(0, 10) later, one of Daphne's, and where workers look too, one of theirs."""
    times = latencies(simulate(reports.ch715(layer=layer), seconds=2000.0).trace, "clients")
    assert len(times) > 3500
    assert fmean(times) - 0.010 == pytest.approx(added, abs=4 * 0.000_18)


@pytest.mark.parametrize(("gap", "overtaken"), [(0.0, 0.5), (0.01, 0.409), (0.05, 0.184)])
def test_ch120_the_line_is_consumed_before_the_connect(gap: float, overtaken: float) -> None:
    """e^(-μg)/2 of a thousand, and the session has no room yet: binomial, four deviations."""
    assert overtaken == pytest.approx(math.exp(-gap / 0.05) / 2, abs=0.001)
    run = simulate(reports.ch120(gap=gap))
    assert lost(run)["consumer failed"] / 1000 == pytest.approx(
        overtaken, abs=4 * math.sqrt(overtaken * (1 - overtaken) / 1000)
    )
    assert all("KeyError('room')" in problem for problem, _ in run.problems)


def test_ch120_enforce_ordering_is_the_cure() -> None:
    run = simulate(reports.ch120(routing=rooms.ordered_routing))
    assert lost(run) == {}
    assert len(frames(run)) == 1000


def test_ch776_when_all_workers_wait_for_the_database_nobody_is_let_in() -> None:
    """Queries are a load of 30 for 20 workers. Sooner or later everybody who asks is dropped after five seconds."""
    run = simulate(reports.ch776())
    told = Counter(row.detail for row in run.trace.rows(event="received", component="chatters"))
    assert told["dropped"] > 50
    assert max(row.t for row in run.trace.rows(event="connected")) < 90.0


def test_ch776_two_workers_that_do_nothing_else_let_everybody_in() -> None:
    run = simulate(reports.ch776(reserved=2))
    told = Counter(row.detail for row in run.trace.rows(event="received", component="chatters"))
    assert told == {"accept": 100}


def ghosts(run: Run) -> int:
    """How many that have vanished are members still."""
    vanished = sum("vanished" in row.detail for row in run.trace.rows(event="fault"))
    assert vanished == 59
    return vanished - len(list(run.trace.rows(event="left")))


def test_ch686_in_june_2016_ghosts_stay_for_the_day() -> None:
    """One in ten seconds: rate times lifetime is 8640 in the end; here all there were."""
    assert ghosts(simulate(reports.ch686())) == 59


@pytest.mark.parametrize("era", ["channels10", "channels11"])
def test_ch686_later_a_quiet_room_has_as_many_as_rate_times_lifetime(era: str) -> None:
    """Pings are 20 s apart, and a pong is due in 30: who vanishes is found 30 to 50 s later. 0.1·50 = 5 at most."""
    assert 3 <= ghosts(simulate(reports.ch686(era=era))) <= 5


def test_ch686_in_a_busy_room_nobody_is_ever_pinged() -> None:
    """A line a second, to everybody: what is sent to a ghost counts as life."""
    assert ghosts(simulate(reports.ch686(era="channels10", rate=0.01))) == 59


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: reports.ch715(layer="disk"), "ch715: layer='disk': it must be one of in memory, redis"),
        (lambda: reports.ch776(reserved=20), "ch776: reserved=20: it must be a whole number, fewer than"),
        (lambda: reports.da18(era="2016"), "da18: era='2016'"),
        (lambda: reports.rd62(members=0), "members=0"),
    ],
)
def test_what_is_wrong_is_answered_in_words(make: Any, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        make()
