"""Dead sockets, tried: see lesson_01.py for what stands in such a file."""

from collections import Counter

from chansim import simulate, theory
from chansim.course import given
from chansim.course.lessons.lesson_09 import FATES, FATES_OF_REQUESTS, fate, paths
from chansim.deployments import slide24
from chansim.deployments.reports import da18
from chansim.layer.eras import JUNE_2016
from chansim.model.client import Clients
from chansim.model.fault import Leave

MINE = given("09-ghosts")
SECONDS = MINE.hours * 3600
ALL = {path: fate(path) for path in paths()}


def but(path, what):
    return {**ALL, path: what}


def untold(*codes, losing=True):
    def found(lost, came):
        refused = {request for request, what in came if what in codes}
        return ({request for request, _ in lost} if losing else {request for request, _ in came}) - refused

    return found


RIGHT = {
    "09-untold": [untold("503", "1013"), lambda lost, came: sorted(untold("503", "1013")(lost, came))],
    "09-ghosts": [SECONDS / MINE.every],
    "09-paths": [ALL],
    "09-window": [1.1, 1.2, 1.6],
}
WRONG = {
    "09-untold": [
        (None, "a function is asked for"),
        (lambda lost, came: None, "a set of numbers"),
        (lambda lost, came: set(), "it belongs in the answer"),
        (untold(), "and is in your answer; but ['503'] came"),
        (untold("503"), "and is in your answer; but ['1013'] came"),
        (untold("503", "1013", "frame"), "['frame'] came, which does not say so"),
        (untold("503", "1013", losing=False), "no request that lost anything"),
        (lambda lost, came: lost, "a set of numbers"),
        (lambda lost: set(), "raised TypeError"),
    ],
    "09-ghosts": {
        None: "a number is asked for",
        MINE.hours / MINE.every: "hours and seconds",
        60 * MINE.hours / MINE.every: "minutes and seconds",
        SECONDS * MINE.every: "λ is a rate",
        SECONDS: "How many come meanwhile?",
        1: "too low",
    },
    "09-paths": [
        (None, "a dict is asked for"),
        ({}, "there is no answer for"),
        (but("the browsers are closed, one by one", "nothing"), "What does the consumer do?"),
        (but("the cables are pulled", "left"), "Nobody closed anything"),
        (but("all leave at once, the channel holds ten", "left"), "What does Daphne do then?"),
        (but("the workers hang for two minutes", "left"), "a message waits for 60 s at most"),
        (but("Daphne is killed", "worker killed"), "Daphne would send the disconnect"),
    ],
    "09-window": {
        None: "a number of seconds is asked for",
        0.5: "201 connects find the channel full",
        1.0: "connects find the channel full",
        3.0: "there is one with",
        600: "between nothing and a minute",
    },
}
GIVEN = [
    "Four workers take 10 ms for each disconnect", "four workers of 10 ms", "ghosts = rate × lifetime",
    "vanish rate × lifetime", "≤ vanish rate × 100", "lesson 01 says what 90 % means",
]  # fmt: skip


def the_four(era):
    """Of each of the notebook's four failures: what is lost of a request, and what comes of it to clients."""
    for channel in ("websocket.connect", "websocket.disconnect", "websocket.send!*", "http.request"):
        site = slide24(members=20, rate=0.5, service=0.05, era=era, seconds=10)
        site = site.add(
            Clients(name="visitors", server="daphne"), Leave(name="leave", target="chatters", at=9.0)
        )
        trace = simulate(site.change("layer", channel_capacity=((channel, 1),)), seed=1).trace
        lost = {row.request: row.channel.partition("!")[0] for row in trace.rows(event="lost")}
        assert set(lost.values()) == {channel.partition("!")[0]}, "that fails, and nothing else does"
        came = {
            (row.request, row.detail)
            for row in trace.rows(event="received")
            if row.component in ("chatters", "visitors")
        }
        yield {(lost[each], tuple(what for number, what in came if number == each)) for each in lost}


def computed() -> list[str]:
    fates = [fate for era in ("june2016", "channels10") for fates in the_four(era) for fate in fates]
    assert set(fates) <= set(FATES_OF_REQUESTS), "the cases are such as the layer makes"
    assert Counter("503" in came for _, came in set(fates)) == {True: 2, False: 4}
    assert set(ALL.values()) == {"left", "full", "expired", "nothing"} <= set(FATES)
    assert JUNE_2016.group_expiry == 86_400, "a day"
    assert JUNE_2016.ping_interval == 20, "a silent socket after 20 s"
    storm = da18()
    fits = (500 - storm["layer"].capacity) * 0.01 / 4
    ghosts = 0.1 * JUNE_2016.group_expiry
    return [
        f"0.1 × 86 400 = {ghosts:.0f}",
        f"Ten lines a second × 300 members × 0.3 ms = {theory.MM1(10 * 300, 0.0003).utilisation:.0%}".replace(
            "%", " %"
        ),
        f"(N − capacity)·S/c = {fits:g} s",
    ]
