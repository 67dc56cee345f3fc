"""Capstone, tried: see lesson_01.py for what stands in such a file."""

import math

from chansim import theory
from chansim.course.capstone import BUDGET, CHAT, DEAF, DIES_AT, MEMBERS, PAGE, REHEARSAL, SECONDS, Design

BEATS = {"group_expiry": 30.0, "heartbeat": 5.0}
SWEPT = {"sweep": 20.0, "heartbeat": 5.0}
RESERVED = {"machines": 2, "pages": 5, "chat": 2, "thumbnails": 4, "anything": 0}


def silent(heartbeat, expiry):
    return math.exp(-expiry / heartbeat)


RIGHT = {
    "12-silent": [silent],
    "12-design": [Design(machines=3, anything=5, **BEATS), Design(machines=3, anything=5, **SWEPT)],
}
WRONG = {
    "12-silent": {
        None: "a function is asked for",
        (lambda heartbeat, expiry: math.exp(-heartbeat / expiry)): "The other way round",
        (lambda heartbeat, expiry: 1 - silent(heartbeat, expiry)): "short enough",
        (lambda heartbeat, expiry: heartbeat / expiry): "A pause is random",
        (lambda heartbeat, expiry: 2.0): "too high",
    },
    "12-design": [
        (None, "a Design(...) is asked for"),
        (24, "a Design(...) is asked for"),
        (Design(machines=2, anything=20, **BEATS), "over the budget of 24"),
        (Design(**RESERVED), "ghosts at the end"),
        (Design(**RESERVED, group_expiry=30.0), "of the living are in no room"),
        (Design(**RESERVED, sweep=20.0), "of the living are in no room"),
        (Design(**RESERVED, sweep=30.0, heartbeat=5.0), "ghosts at the end"),
        (
            Design(machines=2, pages=3, chat=2, thumbnails=4, anything=0, **BEATS),
            "How many workers serve pages",
        ),
    ],
}
GIVEN = [
    "60 a second, of 50 ms", "a line takes 5 ms", "p99 of a page at most 400 ms", "p95 of a line at most 250 ms",
    "at most 2 % are out of theirs", "15 a second × 5 ms", "rate × time",
]  # fmt: skip


def computed() -> list[str]:
    assert (PAGE, CHAT, DEAF, BUDGET) == (0.4, 0.25, 0.02, 24)
    assert SECONDS - DIES_AT == 34, "too long for this promise"
    assert MEMBERS * REHEARSAL.lines == 15
    assert MEMBERS / 5 == 60, "every five seconds are 60 a second"
    assert 20 < DIES_AT + 20 < 2 * 20 < SECONDS < 2 * 30, "two sweeps in a row, or only one"
    pages, thumbnails = theory.MMc(REHEARSAL.pages, 0.05, 4).load, REHEARSAL.thumbnails * 2
    return [
        f"an expiry beyond {SECONDS - DIES_AT:.0f} s", f"Sweeps come at 20 and at {2 * 20} s",
        f"pages 60 × 0.05 = {pages:g}", f"thumbnails 1 × 2 = {thumbnails:g}",
    ]  # fmt: skip
