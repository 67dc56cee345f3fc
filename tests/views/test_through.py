"""Links that lead through what has no box: the arrow goes to what is behind it, and carries its messages."""

from chansim import Scenario, simulate
from chansim.deployments import slide16, slide30_sharded
from chansim.views.flow import rates
from chansim.views.telling import tell
from chansim.views.through import linked, through


def test_a_link_to_a_box_is_that_box() -> None:
    scenario = slide16(workers=1)
    assert list(through(scenario, scenario["worker-1"])) == [("worker-1", "layer")]


def test_a_link_to_what_has_no_box_leads_on_and_tells_by_what() -> None:
    scenario = slide30_sharded()
    assert list(through(scenario, scenario["clients"])) == [
        ("site.example", "daphne-1"),
        ("site.example", "daphne-2"),
    ]
    assert linked(scenario, scenario["worker-1-1"]) == ["shard-1", "shard-2"]
    assert linked(scenario, scenario["site"]) == [], "an application leads nowhere"


def test_the_messages_are_counted_and_told() -> None:
    scenario: Scenario = slide30_sharded(rate=100.0)
    run = simulate(scenario, seconds=10.0)
    flow = rates(run)
    there = flow["site.example", "daphne-1"] + flow["site.example", "daphne-2"]
    assert 80 < there < 120, "100/s, within six deviations of 3.2"
    assert not any("shard-1" in pair for pair in flow), "a trace does not say which of several layers it was"
    assert "clients → daphne-1, daphne-2." in tell(scenario, None, None, None)
