"""A view as a widget: it draws what is selected, and shares that with others."""

import threading

import pytest

from chansim import deployments, simulate
from chansim.figure import Figure
from chansim.palette import SELECTED
from chansim.selection import Selection
from chansim.views import gantt, hockey_stick, space_time
from chansim.widgets import player, view


@pytest.fixture(scope="module")
def run():
    return simulate(deployments.slide16(rate=60.0), seconds=10.0)


def test_what_is_selected_in_one_is_marked_in_all(run):
    flow = player(run)
    bars, arrows = view(run, gantt, flow), view(run, space_time, flow)
    assert SELECTED[1:] not in bars.svg.replace(f"--c-{SELECTED[1:]}", "")
    flow.selected = Selection(component="worker-1")
    assert bars.selected == arrows.selected == Selection(component="worker-1")
    assert f"var(--c-{SELECTED[1:]},{SELECTED})" in bars.svg
    bars.selection = {"request": 7}
    assert flow.selected == Selection(request=7)


def test_options_are_the_views_own(run):
    assert "From 2 to 3 s" in repr(view(run, gantt, start=2.0, seconds=1.0))


def test_a_selection_that_is_none_leaves_the_picture_as_it_was(run):
    bars = view(run, gantt)
    before = bars.svg
    for nonsense in ({"message": "x"}, {"request": 0}, {"nobody": 1}):
        bars.selection = nonsense
        assert bars.svg == before


def test_a_view_that_cannot_be_drawn_says_so_at_once(run):
    with pytest.raises(ValueError, match="above 0"):
        view(run, hockey_stick, service=-1.0)


def test_a_viewer_without_widgets_has_the_picture(run):
    data, _ = view(run, gantt)._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")
    assert data["text/plain"].startswith("Slide 16: Channels: who worked when")


def test_an_older_picture_that_takes_longer_does_not_come_last(run):
    """JupyterLab answers a click in one thread, while a cell runs in another."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(run, *, selection):
        if selection.component == "worker-1":
            begun.set()
            go_on.wait(10)
        return Figure(f"<svg>{selection.component}</svg>", str(selection))

    shown = view(run, slow)
    click = threading.Thread(target=lambda: setattr(shown, "selected", Selection(component="worker-1")))
    click.start()
    assert begun.wait(10)
    threading.Timer(0.2, go_on.set).start()
    shown.selected = Selection(component="worker-2")
    click.join(10)
    assert "worker-2" in shown.svg
