"""What a careless learner gives to a view, or to what shows one, is answered at once and in words."""

import inspect

import pytest

from chansim import compare, deployments, overlay, replay, simulate, theory, views
from chansim.bench import Bench
from chansim.channels import route
from chansim.lecture import lecture
from chansim.selection import Selection
from chansim.views.checked import RULES, ViewError
from chansim.widgets import player, view

SCENARIO = deployments.slide16(rate=20.0)
RUN = simulate(SCENARIO, seconds=2.0)

WRONG = {
    "gantt: run=a Scenario: it must be a Run, such as simulate(scenario) gives; run it first: gantt(simulate(": (
        lambda: views.gantt(SCENARIO)
    ),
    "gantt: start='1': it must be a number of seconds": lambda: views.gantt(RUN, start="1"),
    "gantt: selection='worker-1': it must be a chansim.selection.Selection": lambda: views.gantt(
        RUN, selection="worker-1"
    ),
    "ecdf: runs=a list: it must be a Run, such as simulate(scenario) gives; give them one by one": lambda: (
        views.ecdf([RUN])
    ),
    "ecdf: runs=a Scenario": lambda: views.ecdf(RUN, SCENARIO),
    "ecdf: labels='one': it must be several texts": lambda: views.ecdf(RUN, labels="one"),
    "ecdf: theory=3.0: it must be a law of chansim.theory": lambda: views.ecdf(RUN, theory=3.0),
    "ecdf: guess='fast': it must be a number of seconds": lambda: views.ecdf(RUN, guess="fast"),
    "tail: runs=None": lambda: views.tail(None),
    "waterfall: requests=5: it must be the numbers of requests": lambda: views.waterfall(RUN, 5),
    "waterfall: requests=['x']": lambda: views.waterfall(RUN, ["x"]),
    "space_time: request='5': it must be the number of a request, from 1": lambda: views.space_time(RUN, "5"),
    "space_time: around=-3": lambda: views.space_time(RUN, 5, around=-3),
    "topology: scenario=None: it must be a Scenario or a Run": lambda: views.topology(None),
    "topology: dead='worker-1': it must be several names": lambda: views.topology(SCENARIO, dead="worker-1"),
    "moment: at='1'": lambda: views.moment(RUN, "1"),
    "difference: run_b=None": lambda: views.difference(RUN, None),
    "hockey_stick: service='x': it must be a number of seconds above 0": lambda: views.hockey_stick(
        RUN, service="x"
    ),
    "hockey_stick: servers=4: it must be several whole numbers": lambda: views.hockey_stick(RUN, servers=4),
    "residuals: pairs=5: it must be the pairs of an overlay": lambda: views.residuals(RUN, RUN, 5),
    "compare: subjects[0]=<function slide16": lambda: compare(deployments.slide16),
    "overlay: simulated=a Scenario: it must be a Run": lambda: overlay(SCENARIO, SCENARIO),
    "replay: run=a Scenario: it must be a Run": lambda: replay(SCENARIO),
    "player: run=a Scenario: it must be a Run, or one that is still going on; run it first": lambda: player(
        SCENARIO
    ),
    "view: draw='gantt': it must be a view itself": lambda: view(RUN, "gantt"),
    "view: beside='player': it must be a widget with a selection": lambda: view(RUN, views.gantt, "player"),
    "lab: deployment=a Run: it must be one of": lambda: Bench.of(RUN),
    "lecture: script='slide16': it must be several Steps": lambda: lecture("slide16"),
    "route('web socket', ...): 'web socket' is no channel name: it may hold letters": lambda: route(
        "web socket", print
    ),
    "route(5, ...): it must be the name of a channel": lambda: route(5, print),
    "worker 'worker-1': name='': ": lambda: SCENARIO.change("worker-1", name=""),
}


@pytest.mark.parametrize("words", WRONG)
def test_a_slip_is_answered_in_words(words):
    with pytest.raises((TypeError, ValueError)) as error:
        WRONG[words]()
    assert str(error.value).startswith(words) or "name=''" in str(error.value)
    assert len(str(error.value)) < 700


def test_every_view_looks_at_what_it_is_given():
    for name in views.__all__:
        function = getattr(views, name)
        if inspect.isfunction(function):
            assert hasattr(function, "__wrapped__"), f"{name} is not @checked"
            assert set(inspect.signature(function).parameters) & set(RULES)


def test_what_is_right_is_left_alone():
    law = theory.MM1(5.0, 0.05)
    figure = views.ecdf(
        RUN, labels=["a run"], theory=law, guess=1, selection=Selection(request=3), theme="dark"
    )
    assert figure.words.startswith(
        views.ecdf.__wrapped__(RUN, labels=["a run"], theory=law, guess=1).words[:40]
    )
    assert views.topology(SCENARIO, dead=(name for name in ["worker-1"])).words
    assert views.single_points(RUN) == views.single_points(SCENARIO)
    assert issubclass(ViewError, TypeError)
    assert issubclass(ViewError, ValueError)
