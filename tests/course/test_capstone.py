from dataclasses import replace

import pytest

from chansim.channels import Message
from chansim.channels.message import using
from chansim.course import capstone
from chansim.course.capstone import WORKLOADS, Design, Line, ReportCard, Saying, score, site, tried
from chansim.live.memory import InMemoryLayer

GOOD = Design(machines=3, anything=5, group_expiry=30.0, heartbeat=5.0)


def test_a_good_design_passes_on_all_workloads():
    card = score(GOOD)
    assert card.passed, str(card)
    assert [line.workload for line in card.lines] == [each.name for each in WORKLOADS]
    assert str(card).endswith("18 processes of 24\npassed")


def test_the_ghost_clause_is_real():
    """A third of the sockets vanish with their Daphne; without an expiry that is short they all stay in their rooms."""
    haunted = tried(replace(GOOD, group_expiry=86_400.0, heartbeat=0.0))
    assert 60 < haunted.ghosts <= 100, (
        "a third of three hundred came in by that door, and all but a few are ghosts"
    )
    assert set(haunted.misses()) == {"ghosts"}


def test_who_expires_without_a_heartbeat_is_deaf():
    assert "deaf" in tried(replace(GOOD, heartbeat=0.0)).misses()
    assert tried(GOOD).ghosts == 0


def test_a_sweep_of_the_applications_own_throws_out_the_dead_and_keeps_the_living():
    swept = tried(replace(GOOD, group_expiry=86_400.0, sweep=20.0))
    assert swept.ghosts == 0
    assert set(swept.misses()) == set()


def test_a_sweep_that_comes_too_seldom_leaves_ghosts_and_one_without_heartbeats_empties_the_rooms():
    seldom = tried(replace(GOOD, group_expiry=86_400.0, sweep=30.0))
    assert 60 < seldom.ghosts <= 100, "two sweeps in a row are not over when the day ends"
    assert "deaf" in tried(replace(GOOD, group_expiry=86_400.0, sweep=20.0, heartbeat=0.0)).misses()
    assert "deaf" in tried(replace(GOOD, group_expiry=86_400.0, sweep=2.0)).misses(), "nobody stays in a room"


def test_whoever_leaves_is_not_on_the_list_of_the_sweep():
    """A table that kept those who left would throw out nobody, and grow for ever."""
    layer = InMemoryLayer(capacity=100)
    say = {"reply_channel": "websocket.send!ann", "path": "/red/", "text": "still here"}
    with using(layer):
        for consumer in (capstone.ws_connect, capstone.ws_receive):
            consumer(Message(dict(say), "websocket.receive"))
        assert layer.sessions.load("heard in red") == {"websocket.send!ann": 0}
        capstone.sweep(Message({}, "sweep"))
        assert layer.group_channels("room-red") == ["websocket.send!ann"]
        capstone.sweep(Message({}, "sweep"))
        assert layer.group_channels("room-red") == []
        assert layer.sessions.load("heard in red") == {}
        capstone.ws_receive(Message(dict(say), "websocket.receive"))
        assert layer.group_channels("room-red") == ["websocket.send!ann"], "a sign of life brings one back"
        capstone.ws_disconnect(Message(dict(say), "websocket.disconnect"))
        assert layer.sessions.load("heard in red") == {}


@pytest.mark.parametrize(
    ("line", "misses"),
    [
        (Line("a", 0.4, 0.25, 5, 0, 0.02), set()),
        (Line("a", 0.401, 0.25, 5, 0, 0.02), {"page"}),
        (Line("a", 0.4, 0.251, 5, 0, 0.02), {"chat"}),
        (Line("a", 0.4, 0.25, 6, 0, 0.02), {"lost"}),
        (Line("a", 0.4, 0.25, 5, 1, 0.02), {"ghosts"}),
        (Line("a", 0.4, 0.25, 5, 0, 0.03), {"deaf"}),
        (Line("a", float("nan"), float("nan"), 0, 0, 0.0), {"page", "chat"}),
    ],
)
def test_each_clause_of_the_promise(line, misses):
    assert set(line.misses()) == misses
    card = ReportCard(Design(), (line,))
    assert card.passed == (not misses)
    assert ("✕" in str(card)) == bool(misses)


def test_the_budget_counts_daphnes_and_workers():
    assert Design(machines=2, pages=5, chat=2, thumbnails=4, anything=0).processes == 24
    over = Design(machines=5, anything=4)
    assert over.processes == 25
    assert "budget" in ReportCard(over, ()).misses()


@pytest.mark.parametrize(
    ("knobs", "why"),
    [
        ({"machines": 0}, "machines=0: it must be a whole number, 1 or more"),
        ({"pages": 2.5}, "pages=2.5"),
        ({"layer": "isolated"}, 'it must be "shared" or "local"'),
        ({"anything": 0}, "nobody serves them"),
        ({"group_expiry": 0.0}, "group_expiry=0.0"),
        ({"heartbeat": 0.1}, "a flood"),
        ({"sweep": 0.5}, "sweep=0.5: more than once a second is a flood"),
        ({"sweep": -1.0}, "sweep=-1.0"),
        ({"anything": 1000}, "the budget is 24"),
    ],
)
def test_what_cannot_be_built_is_said_in_words(knobs, why):
    with pytest.raises(ValueError, match=f"^design: .*{why}"):
        Design(**knobs)


def test_the_last_machine_dies_and_a_single_one_does_not():
    two, one = site(GOOD), site(replace(GOOD, machines=1))
    dying = [each.target for each in two if each.name.startswith("dies-")]
    assert dying == ["daphne-3", *(f"anything-3-{n}" for n in range(1, 6))]
    assert not any(each.name.startswith("dies-") for each in one)


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_a_share_of_what_members_say_are_lines(share):
    says = Saying(share)
    frames = [says(member, frame) for member in range(1, 101) for frame in range(1, 51)]
    found = sum(frame != capstone.HEARTBEAT for frame in frames) / len(frames)
    assert found == pytest.approx(share, abs=0.02)
