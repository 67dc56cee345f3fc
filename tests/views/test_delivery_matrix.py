"""The delivery matrix: who reached whom."""

import re

import pytest

from chansim import Run, deployments, simulate
from chansim.palette import STEPS
from chansim.selection import Selection
from chansim.views.delivery_matrix import MOST, delivery_matrix
from measures.written import trace_of
from views.drawn import HEAVY, SVG, modules_after, outside, overlaps, root, smallest_text

ISOLATED = simulate(deployments.slide30_isolated(machines=3, members=12, rate=0.5), seed=1, seconds=20)
SHARDED = simulate(deployments.slide30_sharded(rate=30), seed=1, seconds=5)
CROWD = simulate(deployments.slide30_isolated(machines=2, members=150), seed=1, seconds=10)
CHAT = simulate(deployments.slide24(members=10), seed=1, seconds=10)
LOCAL = simulate(deployments.slide31(rate=60), seed=1, seconds=10)
POOL = simulate(deployments.slide07(rate=30), seed=1, seconds=5)


def cells(figure) -> dict[tuple[str, str], str]:
    """The fill of each cell that has one, by sender and receiver."""
    found = (each for each in root(figure).iter(SVG + "rect") if each.get("data-from"))
    return {(each.get("data-from", ""), each.get("data-to", "")): each.get("fill", "") for each in found}


def heard(run: Run) -> dict[tuple[str, str], tuple[int, int]]:
    """Lines said by a socket, and how many of these another got: from the rows, by another way."""
    said: dict[str, list[int]] = {}
    got: dict[str, set[int]] = {}
    for row in run.trace.rows(detail="frame", component="chatters"):
        if row.event == "sent":
            said.setdefault(row.channel, []).append(row.request)
        else:
            got.setdefault(row.channel, set()).add(row.request)
    return {
        (one, other): (len(lines), sum(line in found for line in lines))
        for one, lines in said.items()
        for other, found in got.items()
    }


def test_isolated_layers_are_blocks():
    words = delivery_matrix(ISOLATED).words
    for one in (1, 2, 3):
        for other in (1, 2, 3):
            share = re.search(rf"daphne-{one} to daphne-{other}: (\d+) %", words)
            assert share is not None
            assert (int(share[1]) > 90) == (one == other)


def test_the_shares_of_each_pair_are_those_of_the_rows():
    found = cells(delivery_matrix(ISOLATED))
    for (one, other), (said, got) in heard(ISOLATED).items():
        pair = one.removesuffix(" of chatters"), other.removesuffix(" of chatters")
        share = got / said
        step = sum(share > limit for limit in (0.25, 0.5, 0.75, 0.9999))
        assert found.get(pair) == (STEPS[step] if share else None)


def test_servers_and_workers_share_out_their_messages():
    words = delivery_matrix(LOCAL).words
    sent = [
        row.message for row in LOCAL.trace.rows(event="sent", component="daphne-1", channel="http.request")
    ]
    taken = {row.message for row in LOCAL.trace.rows(event="received", component="worker-1-2")}
    assert f"worker-1-2 {100 * sum(m in taken for m in sent) / len(sent):.0f} %" in words
    assert not re.search(r"daphne-1: [^.]*worker-2", words)


def test_more_than_can_be_told_apart_are_put_together():
    figure = delivery_matrix(CROWD)
    names = {name for pair in cells(figure) for name in pair}
    assert 10 < len(names) <= MOST
    assert any(" to " in name for name in names)
    assert "daphne-1 to daphne-2: 0 %" in figure.words


def test_a_selected_component_has_a_frame_and_a_selected_line_its_cells():
    def thick(figure) -> int:
        return sum(each.get("stroke-width") == "3" for each in root(figure).iter(SVG + "rect"))

    assert thick(delivery_matrix(LOCAL, selection=Selection(component="daphne-2"))) == 2
    line = next(
        row.request for row in ISOLATED.trace.rows(event="sent", detail="frame", component="chatters")
    )
    assert thick(delivery_matrix(ISOLATED, selection=Selection(request=line))) == 4  # those on the machine
    assert thick(delivery_matrix(ISOLATED)) == 0


def test_who_said_nothing_has_a_line_and_no_cells():
    quiet = simulate(deployments.slide30_isolated(members=10, rate=0.05), seed=1, seconds=20)
    figure = delivery_matrix(quiet)
    titles = [each.text or "" for each in root(figure).iter(SVG + "title")]
    silent = [title.removesuffix(" sent nothing") for title in titles if title.endswith("sent nothing")]
    assert silent
    assert not set(silent) & {one for one, _ in cells(figure)}
    assert "A line: it sent nothing." in figure.words


@pytest.mark.parametrize(
    "run", [ISOLATED, SHARDED, CROWD, CHAT, LOCAL, POOL], ids=lambda run: run.scenario.title
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_text_stands_on_another_or_is_cut(run: Run, theme: str):
    figure = delivery_matrix(run, theme=theme)
    assert overlaps(figure) == []
    assert outside(figure) == []
    assert smallest_text(figure) >= 11
    assert len(figure.svg) < 150_000


def test_nothing_to_draw_is_said():
    nothing = Run(deployments.slide16(), trace_of("", end=5.0), "simulated", 1)
    assert "Nothing was sent to any channel." in delivery_matrix(nothing).words


def test_it_loads_only_the_standard_library():
    code = "from chansim import deployments, simulate, views\n"
    assert not HEAVY & modules_after(
        code + "views.delivery_matrix(simulate(deployments.slide24(), seconds=2))"
    )
