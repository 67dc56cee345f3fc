"""A selection: what may be selected, and what of a run belongs to it."""

from itertools import pairwise

import pytest

from chansim import Run, deployments, simulate
from chansim.measures import family
from chansim.selection import Selection
from chansim.trace import Row
from chansim.views.chosen import Chosen, chosen

RUN = simulate(deployments.slide16(rate=50, workers=3), seed=1, seconds=5)


def test_nothing_is_selected_at_first():
    assert not Selection()
    assert str(Selection()) == "nothing"
    assert Selection(request=7)
    assert str(Selection(request=7, component="worker-1")) == "request 7, component worker-1"


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"message": "7"}, TypeError, "selection: message='7': it must be a whole number, or None"),
        ({"request": True}, TypeError, "request=True"),
        ({"request": 0}, ValueError, "request=0: it must be 1 or more, or None"),
        ({"component": 3}, TypeError, "component=3: it must be a name, or None"),
        ({"channel": b"http.request"}, TypeError, "channel=b'http.request'"),
    ],
)
def test_what_cannot_be_selected_is_said(given: dict, kind: type[Exception], words: str):
    with pytest.raises(kind, match=words):
        Selection(**given)


def rows_that_fit(run: Run, selection: Selection) -> list[Row]:
    """By another way than the view's: row by row, as text."""
    return [
        row
        for row in run.trace.rows()
        if selection.message in (None, row.message)
        and selection.request in (None, row.request)
        and selection.component in (None, row.component)
        and selection.channel in (None, row.channel, family(row.channel))
    ]


@pytest.mark.parametrize(
    "selection",
    [
        Selection(message=40),
        Selection(request=30),
        Selection(component="worker-2"),
        Selection(channel="http.request"),
        Selection(channel="http.response!*"),
        Selection(request=30, component="daphne"),
    ],
    ids=str,
)
def test_what_belongs_to_it_is_what_its_rows_have(selection: Selection):
    found, fitting = chosen(RUN, selection), rows_that_fit(RUN, selection)
    assert fitting
    assert found.messages == {row.message for row in fitting}
    assert found.requests == {row.request for row in fitting} - {0}
    assert found.components == {row.component for row in fitting}
    queues = {family(row.channel) for row in fitting if row.channel and " " not in row.channel}
    assert found.channels == queues
    many = f"{len(found.messages):,} message"
    assert f"Selected: {selection}, {many}" in found.words


def test_a_component_is_its_lanes_too_and_a_lane_is_itself():
    run = simulate(deployments.slide07(rate=50), seed=1, seconds=5)
    whole, lane = (chosen(run, Selection(component=name)) for name in ("gunicorn", "gunicorn/2"))
    assert whole.components == {"gunicorn", *(f"gunicorn/{n}" for n in (1, 2, 3))}
    assert lane.messages < whole.messages
    assert lane.components == {"gunicorn", "gunicorn/2"}


def test_what_is_not_in_the_run_is_said():
    found = chosen(RUN, Selection(request=10**6))
    assert (found.messages, found.components) == (frozenset(), frozenset())
    assert found.words == " Selected: request 1000000, of which there is nothing in this run."


def test_nothing_selected_says_nothing():
    for selection in (None, Selection()):
        assert chosen(RUN, selection) == Chosen(Selection())
        assert chosen(RUN, selection).words == ""


def test_each_more_thing_given_leaves_less():
    steps = [Selection(component="daphne"), Selection(component="daphne", request=30)]
    found = [
        chosen(RUN, each).messages for each in (*steps, Selection(component="daphne", request=30, message=1))
    ]
    assert all(more > less for more, less in pairwise(found))
