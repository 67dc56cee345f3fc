import math

import pytest

from chansim.course import Prediction, predict


def test_a_guess_is_recorded_and_said_on_one_line(capsys):
    prediction = predict("p99 at 18 a second?", 800, "ms")
    assert capsys.readouterr().out == "p99 at 18 a second? You say: 800 ms.\n"
    assert prediction == Prediction("p99 at 18 a second?", 800.0, "ms")


def test_none_is_no_prediction_and_the_lesson_goes_on(capsys):
    prediction = predict("p99?", None, "ms")
    assert capsys.readouterr().out == "p99? No prediction.\n"
    assert prediction.number is None
    assert prediction.seconds is None


def test_a_word_is_a_choice(capsys):
    prediction = predict("Which is sooner?", "wsgi")
    assert capsys.readouterr().out == "Which is sooner? You say: wsgi.\n"
    assert prediction.number is None


@pytest.mark.parametrize("guess", [[3], math.nan, math.inf, "", True, 3j])
def test_what_cannot_be_a_prediction_gets_a_hint(guess, capsys):
    assert predict("p99?", guess, "ms").value is None
    assert capsys.readouterr().out == "p99? No prediction. (a prediction is a number or a word)\n"


@pytest.mark.parametrize(("unit", "seconds"), [("s", 2.0), ("ms", 0.002), ("times", None), ("", None)])
def test_views_take_a_time_in_seconds(unit, seconds):
    assert Prediction("?", 2.0, unit).seconds == seconds


@pytest.mark.parametrize(
    ("guess", "line"),
    [
        (None, "It came to 5 times. No prediction."),
        ("five", "It came to 5 times. You said: five."),
        (1.8, "It came to 5 times. You said 1.8 times: 2.78 times too low."),
        (20.0, "It came to 5 times. You said 20 times: 4 times too high."),
        (-3.0, "It came to 5 times. You said -3 times."),
        (4.9, "It came to 5 times. You said 4.9 times: close."),
        (0.0, "It came to 5 times. You said 0 times."),
    ],
)
def test_a_guess_is_held_against_what_came(guess, line):
    assert Prediction("?", guess, "times").against(5.0) == line


def test_a_share_is_said_as_it_was_typed():
    assert Prediction("?", 20.0, "%").against(18.2) == "It came to 18.2 %. You said 20 %: close."
