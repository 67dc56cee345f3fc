"""Several views of one run, with one selection."""

import pytest

from chansim import deployments, simulate, views
from chansim.palette import SELECTED
from chansim.selection import Selection
from chansim.widgets import explore
from chansim.widgets.explore import SHOWN, of_one_run

MARKED = f"var(--c-{SELECTED[1:]},{SELECTED})"


@pytest.fixture(scope="module")
def run():
    return simulate(deployments.slide16(rate=60.0), seconds=10.0)


def test_what_is_selected_in_one_is_marked_in_every_other(run):
    seen = explore(run, *of_one_run())
    assert set(seen.views) == set(views.__all__) - {
        "separated", "single_points", "Separation", "difference", "residuals", "moment",
    }  # fmt: skip
    assert not any(MARKED in each.svg for each in seen.views.values())
    for name, value in (("request", 30), ("component", "worker-1"), ("channel", "http.request")):
        seen.views["gantt"].selection = {name: value}
        assert seen.selected == Selection(**{name: value})
        assert [each for each, view in seen.views.items() if MARKED not in view.svg] == []
        assert f"Selected: {name} {value}" in seen._said.value
    seen.selected = Selection()
    assert not any(MARKED in each.svg for each in seen.views.values())


def test_without_names_it_is_the_drawings(run):
    assert tuple(explore(run).views) == SHOWN


def test_a_viewer_without_widgets_has_the_pictures_and_their_words(run):
    seen = explore(run, "gantt", "waterfall", "gantt")
    data, _ = seen._repr_mimebundle_()
    assert data["text/html"].count("<svg ") == 2
    assert data["text/plain"] == "\n".join(view.figure.words for view in seen.views.values())


def test_what_is_no_view_and_no_run_is_answered_in_words(run):
    with pytest.raises(
        ValueError, match=r"explore: 'gant': it must be one of topology, space_time, waterfall"
    ):
        explore(run, "gant")
    with pytest.raises(
        TypeError, match=r"explore: run=.*: it must be a Run, such as simulate\(scenario\) gives"
    ):
        explore(run.scenario)
