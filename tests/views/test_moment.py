"""The still of a moment: what it shows and says is what the trace says."""

import re
from dataclasses import replace

import pytest

from chansim import deployments, simulate
from chansim.measures.rows import cut, is_plain
from chansim.model.fault import Kill
from chansim.palette import SELECTED
from chansim.selection import Selection
from chansim.views.moment import moment
from chansim.views.saying import said
from chansim.views.stage import Stage

AT = 3.21


@pytest.fixture(scope="module")
def run():
    return simulate(deployments.slide16(rate=90.0, capacity=10), seconds=5.0)


@pytest.fixture(scope="module")
def rows(run):
    return list(cut(run.trace, AT).rows())


def waiting(rows):
    over = {row.message for row in rows if row.event in ("received", "lost")}
    return [row for row in rows if row.event == "sent" and row.message not in over]


def test_the_words_give_the_numbers_of_the_trace(run, rows):
    words = moment(run, AT).words
    queued = sum(row.channel == "http.request" for row in waiting(rows))
    assert queued > 0
    assert f"{queued} in http.request at layer" in words
    assert f"Lost so far: {sum(row.event == 'lost' for row in rows)} full." in words
    ended = {row.message for row in rows if row.event == "ended"}
    working = {row.component for row in rows if row.event == "begun" and row.message not in ended}
    assert set(re.search(r"At work: (.*?)\.", words)[1].split(", ")) == working
    assert words.endswith(f"Last: {said(rows[-1])}.")


def test_each_message_that_waits_is_a_square_up_to_ten_and_on_the_network_a_dot(run, rows):
    svg = moment(run, AT).svg
    shown = set(map(int, re.findall(r'data-message="(\d+)"', svg)))
    plain = {row.message for row in waiting(rows) if is_plain(row.channel)}
    queued = [row.message for row in waiting(rows) if not is_plain(row.channel)]
    assert len(queued) <= 10
    assert shown == plain | set(queued)


def test_a_message_on_the_network_is_where_it_is_by_then(run):
    row = next(row for row in run.trace.rows(event="sent", component="clients") if row.t > 1.0)
    arrives = next(each for each in run.trace.rows(message=row.message) if each.event == "received")
    places = []
    for share in (0.25, 0.5, 0.75):
        svg = moment(run, row.t + share * (arrives.t - row.t)).svg
        dot = re.search(rf'<circle cx="([\d.]+)"[^>]*data-message="{row.message}"', svg)
        places.append(float(dot[1]))
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.11)  # of one decimal each
    assert places[0] < places[1] < places[2]


def test_a_loss_is_a_cross_that_says_why(run):
    lost = next(run.trace.rows(event="lost"))
    assert 'data-lost="full"' in moment(run, lost.t).svg
    assert "data-lost" not in moment(run, lost.t - 1e-6).svg


def test_a_worker_that_was_killed_is_marked_as_broken_and_its_message_lost_there():
    scenario = deployments.slide16(rate=60.0)
    kill = Kill(name="fault", at=2.0, target="worker-1", down=1.0)
    broken = simulate(replace(scenario, components=(*scenario.components, kill)), seconds=4.0)
    assert {row.detail for row in broken.trace.rows(event="lost")} == {"worker killed"}
    figure = moment(broken, 2.01)
    assert "Broken: worker-1 killed." in figure.words
    place = Stage(broken.scenario).spots[Stage(broken.scenario).spot_of("worker-1")]
    assert f'data-lost="worker killed"><title>worker killed, at {place.name}' in figure.svg
    for at in (1.9, 3.5):
        assert "Broken" not in moment(broken, at).words


def test_what_is_selected_is_marked(run):
    assert SELECTED not in moment(run, AT).svg
    for selection in (Selection(component="worker-2"), Selection(component="layer")):
        assert SELECTED in moment(run, AT, selection=selection).svg
    nobody = moment(run, AT, selection=Selection(component="nobody"))
    assert SELECTED not in nobody.svg
    assert "nothing in this run" in nobody.words


def test_a_message_that_waits_is_marked_and_the_others_are_not(run, rows):
    message = next(row.message for row in waiting(rows) if row.channel == "http.request")
    svg = moment(run, AT, selection=Selection(message=message)).svg
    marked = re.findall(rf'fill="{SELECTED}"[^>]*data-message="(\d+)"', svg)
    assert marked == [str(message)]


def test_a_moment_that_is_not_in_the_run_is_told_so(run):
    with pytest.raises(ValueError, match="from 0 to 5 s"):
        moment(run, 5.1)


def test_before_anything_has_happened(run):
    assert "nothing has happened yet" in moment(run, 0.0).words


def test_the_dark_one_is_the_same_picture(run):
    light, dark = moment(run, AT), moment(run, AT, theme="dark")
    assert light.words == dark.words
    assert light.svg != dark.svg
    assert re.sub("#[0-9a-f]+", "", light.svg) == re.sub("#[0-9a-f]+", "", dark.svg)
