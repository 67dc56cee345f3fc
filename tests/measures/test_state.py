"""How things stand at a moment, told from the rows alone."""

import random

import pytest

from chansim import deployments, simulate
from chansim.measures.rows import cut
from chansim.measures.state import State, state_at

RUNS = {
    "wsgi": (deployments.slide06, {"rate": 40.0, "backlog": 3}),
    "channels": (deployments.slide16, {"rate": 90.0, "capacity": 8}),
    "chat": (deployments.slide24, {"members": 40, "rate": 1.0, "stay": 2.0}),
}


@pytest.fixture(scope="module", params=RUNS)
def trace(request):
    make, knobs = RUNS[request.param]
    return simulate(make(**knobs), seconds=4.0).trace


def told(trace, at):
    """The same from rows in words, and by other means: what was opened and not closed again."""
    rows = list(cut(trace, at).rows())
    over = {row.message for row in rows if row.event in ("received", "lost")}
    ended = {row.message for row in rows if row.event == "ended"}
    ended |= {row.message for row in rows if row.event == "lost" and row.detail == "worker killed"}
    sent = {row.message for row in rows if row.event == "sent"}
    begun = {row.message for row in rows if row.event == "begun"}
    opened = sum(row.event == "connected" for row in rows) - sum(row.event == "disconnected" for row in rows)
    return len(rows), sent - over, begun - ended, sum(row.event == "lost" for row in rows), opened


def test_a_state_is_what_the_rows_up_to_then_say(trace):
    moments = random.Random(1).choices(range(4000), k=12)
    for at in (0.0, trace.end, *(moment / 1000 for moment in moments)):
        state = state_at(trace, at)
        rows, waiting, working, lost, opened = told(trace, at)
        assert (state.row, set(state.waiting), set(state.working)) == (rows, waiting, working), at
        assert sum(state.lost.values()) == state.counts[4] == lost
        assert sum(state.open.values()) == opened
        assert sum(state.counts) == rows


def test_going_on_from_a_copy_leaves_the_first_alone(trace):
    first = State(trace).advance(len(trace) // 3)
    other = first.copy().advance(len(trace))
    again = State(trace).advance(len(trace) // 3)
    assert vars(first) == vars(again)
    assert vars(other) == vars(State(trace).advance(len(trace)))
