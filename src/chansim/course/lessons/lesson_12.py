"""Capstone: the exercises. What a design is, and how it is scored, is in :mod:`chansim.course.capstone`."""

from __future__ import annotations

import math

from chansim.course.capstone import BUDGET, WORKLOADS, Design, tried
from chansim.course.function import Function
from chansim.course.rule import Rule

# 1. Who drops out of the room by mistake


def silent(heartbeat: float, expiry: float) -> float:
    """How often an exponential pause between two heartbeats is longer than a membership lasts."""
    return math.exp(-expiry / heartbeat)


deaf = Function(
    "silent(heartbeat, expiry)",
    silent,
    ((5.0, 30.0), (10.0, 30.0), (2.0, 5.0), (20.0, 100.0), (30.0, 30.0)),
    "a share from 0 to 1",
    "A share e^(−expiry/heartbeat) of the pauses is too long, and the next heartbeat mends it.",
    (
        (
            lambda heartbeat, expiry: math.exp(-heartbeat / expiry),
            "The other way round: long memberships are safer.",
        ),
        (
            lambda heartbeat, expiry: 1 - math.exp(-expiry / heartbeat),
            "That is how many pauses are short enough.",
        ),
        (
            lambda heartbeat, expiry: heartbeat / expiry,
            "A pause is random: how often is it longer than the expiry?",
        ),
    ),
)

# 2. The design


def _broken(design: Design) -> str:
    """The first promise that a design breaks; workloads are tried one by one, the cheap clauses first."""
    if design.processes > BUDGET:
        return f"{design.processes} processes, over the budget of {BUDGET}."
    for workload in WORKLOADS:
        misses = tried(design, workload).misses()
        if misses:
            clause, words = next(iter(misses.items()))
            return f"{words}. {_HINTS[clause]}"
    return ""


_HINTS = {
    "page": "How many workers serve pages once the last machine is dead (lesson 06)?",
    "chat": "What stands before a line: thumbnails, pages, other lines (lesson 06)?",
    "lost": "Which channel was full, or who had what in hand (lessons 07 and 08)?",
    "ghosts": "Who tells a group that half of its sockets are gone (lesson 09)?",
    "deaf": "Memberships expire, and who renews those of the living (lesson 09)?",
}

design = Rule(
    "the design",
    Design,
    "a Design(...)",
    _broken,
    f"it keeps every promise on all {len(WORKLOADS)} workloads. Ship it.",
)

EXERCISES = {"12-silent": deaf, "12-design": design}
