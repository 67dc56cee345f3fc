"""Dead sockets, tried: see lesson_01.py for what stands in such a file."""

from chansim import theory
from chansim.course import given
from chansim.course.lessons.lesson_09 import FATES, fate, paths
from chansim.deployments.reports import da18
from chansim.layer.eras import JUNE_2016

MINE = given("09-ghosts")
SECONDS = MINE.hours * 3600
ALL = {path: fate(path) for path in paths()}


def but(path, what):
    return {**ALL, path: what}


RIGHT = {"09-ghosts": [SECONDS / MINE.every], "09-paths": [ALL], "09-window": [1.1, 1.2, 1.6]}
WRONG = {
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


def computed() -> list[str]:
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
