import pytest

from chansim import deployments, simulate
from chansim.course import Prediction, predict, show


@pytest.fixture(scope="module")
def run():
    return simulate(deployments.slide07(rate=10, service=0.05, workers=1), seconds=5)


def test_outside_a_notebook_each_view_says_its_words(run, capsys):
    show(run, "space_time", "gantt")
    lines = capsys.readouterr().out
    assert "messages in time" in lines
    assert "who worked when" in lines


def test_a_recorded_guess_is_drawn(run, capsys):
    show(run, "ecdf", guess=predict("p99?", 300, "ms"))
    assert "The guess was 300 ms." in capsys.readouterr().out


def test_a_guess_that_no_view_can_draw_is_said(run, capsys):
    show(run, "ecdf", guess=predict("how many times?", 5, "times"))
    assert capsys.readouterr().out.splitlines()[-1] == "You say: 5 times."
    show(run, "ecdf", guess=predict("which?", None))
    assert capsys.readouterr().out.splitlines()[-1] == "No prediction."


@pytest.mark.parametrize("guess", [0.3, "300 ms", Prediction("p99?", 300, "ms"), object()])
def test_a_guess_that_was_not_recorded_is_not_drawn_and_the_lesson_goes_on(guess, run, capsys):
    show(run, "ecdf", guess=guess)
    out = capsys.readouterr().out
    assert "The guess was" not in out
    assert "This guess is not drawn" in out


def test_options_go_to_the_views_that_know_them(run, capsys):
    show(run, "gantt", "ecdf", start=1, seconds=2)
    assert "From 1 to 3 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "options", "hint"),
    [
        (("gant",), {}, "'gant' is no view; there are topology"),
        ((), {}, "no view"),
        (("gantt",), {"begin": 1}, "'begin'"),
    ],
)
def test_what_cannot_be_shown_is_said(names, options, hint, run):
    with pytest.raises(ValueError, match=hint):
        show(run, *names, **options)
