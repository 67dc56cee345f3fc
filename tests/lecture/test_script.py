"""What the lecture says, measured again: every number of its script within a tolerance that its run's length gives."""

import math
import re
import statistics
from itertools import pairwise

import pytest

from chansim import theory
from chansim.lecture import SCRIPT, Step, Talk
from chansim.lecture.scenes import ISOLATED, SERVICE, UNEVEN, latencies, three_layers
from chansim.measures import requests
from laws.errors import Z999, batches

STEPS = {step.minutes[0]: number for number, step in enumerate(SCRIPT) if isinstance(step, Step)}


@pytest.fixture(scope="module")
def talk():
    return Talk(SCRIPT)


@pytest.fixture
def ends(talk):
    """The scenes before and after of the step that begins at that minute."""
    return lambda minute: talk.ends(STEPS[minute])


def right(talk, minute):
    """The option that was right, in words."""
    number = STEPS[minute]
    return talk.step(number).options[talk.reveal(number)["answer"]]


def test_there_are_eight_steps_in_25_minutes_without_a_gap():
    minutes = [step.minutes for step in SCRIPT if isinstance(step, Step)]
    assert len(minutes) == 8
    assert (minutes[0][0], minutes[-1][1]) == (0, 25)
    assert all(one[1] == other[0] for one, other in pairwise(minutes))


def test_at_18_requests_a_second_a_response_takes_five_times_as_long(talk, ends):
    for scene, rate in zip(ends(0), (10.0, 18.0), strict=True):
        formula = theory.MM1(rate, SERVICE).mean_sojourn
        taken = latencies(scene.run)
        # and the network there and back, which the formula does not know
        assert statistics.fmean(taken) == pytest.approx(formula + 0.001, abs=batches(taken).width)
        assert scene.numbers["mean_ms"] == pytest.approx(statistics.fmean(taken) * 1000)
    assert right(talk, 0) == "5 times"


def test_eight_queues_or_one_500_or_94_ms(talk, ends):
    for scene, servers, claimed in zip(ends(4), (8, 1), (0.5, 0.0939), strict=True):
        formula = theory.MMc(144.0 / servers, SERVICE, 8 // servers).mean_sojourn
        assert formula == pytest.approx(claimed, abs=0.0001)
        taken = latencies(scene.run)
        network = 0.002  # to the balancer and from there, and back
        assert statistics.fmean(taken) == pytest.approx(formula + network, abs=batches(taken).width + network)
    assert right(talk, 4) == "a fifth of the time"


def test_long_polls_stop_the_pages_where_the_workers_left_are_too_few(talk, ends):
    before, after = ends(7)
    needed = 20.0 * SERVICE  # workers that the pages take
    assert before.numbers["polls"] < 8 - needed <= after.numbers["polls"]
    assert before.numbers["p50_ms"] < 100 < 1000 < after.numbers["p50_ms"]
    assert right(talk, 7) == "7 or 8"


def test_two_thousand_polls_behind_channels_take_0125_to_0160_of_the_workers(talk, ends):
    for scene, claimed in zip(ends(11), (0.125, 0.160), strict=True):
        pages, seconds = len(requests(scene.run.trace, ["clients"])), scene.run.trace.end
        # of the pages both the number and the lengths are drawn: a Poisson sum of exponential times
        width = Z999 * SERVICE * math.sqrt(2 * pages) / (8 * seconds)
        assert scene.numbers["busy"] == pytest.approx(claimed, abs=width)
    before, after = ends(11)
    assert after.numbers["busy"] > before.numbers["busy"]  # the same pages, and the polls besides
    assert right(talk, 11) == "under a fifth"


def test_a_plain_page_pays_5_to_10_ms(talk, ends):
    taken = []
    for scene in ends(14):
        asked = requests(scene.run.trace, ["clients"])
        taken.append(
            {each.number: each.answered - each.opened for each in asked if each.answered is not None}
        )
    wsgi, channels = taken
    # the same pages, which take as long to make: what differs is the way
    paid = [channels[number] - wsgi[number] for number in wsgi if number in channels]
    width = batches(paid).width
    assert 0.005 - width <= statistics.fmean(paid) <= 0.010 + width
    assert right(talk, 14) == "slower by 5 to 10 ms"


def test_twice_the_room_is_four_times_the_work_and_more_workers_do_not_help(talk, ends):
    before, after = ends(17)
    assert after.numbers["deliveries"] == 4 * before.numbers["deliveries"]
    assert right(talk, 17) == "it breaks"
    number = STEPS[17]
    beside = talk.scene(number, talk.places(number, talk.step(number).beside))
    assert beside.numbers["p99_ms"] == pytest.approx(after.numbers["p99_ms"], rel=0.05)


def test_nobody_gets_the_message_of_a_worker_that_was_killed(talk, ends):
    before, after = ends(20)
    assert before.numbers["lost"] == 0
    killed = [row for row in after.run.trace.rows(event="lost") if row.detail == "worker killed"]
    assert len(killed) == after.numbers["killed"] == 1
    taken = [row.event for row in after.run.trace.rows(message=killed[0].message)]
    assert taken == ["sent", "received", "begun", "lost", "ended"]  # the last is the bar's end
    assert right(talk, 20) == "nobody"


def test_the_shared_layer_is_the_best_of_three_and_the_isolated_one_reaches_a_third(talk, ends):
    before, after = ends(22)
    assert before.numbers["p99_ms"] < after.numbers["p99_ms"]
    assert before.numbers["failed"] < after.numbers["failed"]
    assert three_layers(ISOLATED, UNEVEN).numbers["reached"] == pytest.approx(10 / 30)
    assert right(talk, 22) == "one shared by all"


def test_every_number_that_is_said_or_told_is_one_that_was_measured(talk):
    for number in STEPS.values():
        line, (before, after) = talk.step(number).line, talk.ends(number)
        assert re.search(r"\{(before|after)\[", line), "a line without a number that was measured"
        assert talk.reveal(number)["line"] == line.format(before=before.numbers, after=after.numbers)
        for scene in (before, after):
            assert re.search(r"\d", scene.told)
