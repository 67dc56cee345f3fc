"""Deployments side by side: what is run, what is shown, and what is refused."""

import importlib

import pytest

from chansim import ScenarioError, deployments, simulate
from chansim.compare import Comparison, compare
from chansim.figure import Figure
from chansim.views import difference

module = importlib.import_module("chansim.compare")  # chansim.compare itself may be the function

WSGI = deployments.slide07(rate=40, workers=3, seconds=5)
CHANNELS = deployments.slide16(rate=40, workers=3, seconds=5)


@pytest.fixture(scope="module")
def both() -> Comparison:
    return compare(WSGI, CHANNELS)


# What is run.


def test_scenarios_are_simulated_with_one_seed_and_length() -> None:
    found = compare(WSGI, CHANNELS, seed=3, seconds=2.5)
    for run, scenario in zip(found.runs, (WSGI, CHANNELS), strict=True):
        assert run.scenario is scenario
        assert run.trace.digest() == simulate(scenario, seed=3, seconds=2.5).trace.digest()


def test_runs_are_taken_as_they_are() -> None:
    run = simulate(WSGI, seed=9)
    found = compare(run, WSGI, seed=2)
    assert found.runs[0] is run
    assert [each.seed for each in found.runs] == [9, 2]


def test_the_summaries_are_those_of_the_runs(both: Comparison) -> None:
    assert [dict(each) for each in both.summaries] == [dict(run.summary()) for run in both.runs]


# What is shown.


def test_the_table_has_a_column_for_each(both: Comparison) -> None:
    head, *lines = str(both).splitlines()
    assert head.split() == ["Slide", "7:", "a", "WSGI", "ser…", "Slide", "16:", "Channels"]
    requests = next(line.split() for line in lines if line.startswith("requests"))
    assert requests == ["requests", *(str(each["requests"]) for each in both.summaries)]


def test_a_notebook_gets_text_and_html(both: Comparison) -> None:
    found = compare(*both.runs, labels=["<one>", "other"])._repr_mimebundle_()
    assert set(found) == {"text/plain", "text/html"}
    assert "<one>" in found["text/plain"]
    assert "&lt;one&gt;" in found["text/html"]
    assert found["text/html"].startswith("<table>")


def test_the_figure_tells_of_each(both: Comparison) -> None:
    figure = compare(*both.runs, labels=("one", "other")).figure()
    assert isinstance(figure, Figure)
    for name, summary in zip(("one", "other"), both.summaries, strict=True):
        assert f"{name}: {summary['deliveries']} latencies" in figure.words


def test_of_two_the_figure_has_the_difference_to_each_request(both: Comparison) -> None:
    figure = both.figure()
    alone = difference(*both.runs, labels=both.labels).words.removeprefix("Request by request: ")
    assert figure.words.endswith(alone)
    assert len(figure._chart.axes) == 2
    assert both.figure(theme="dark").words == figure.words


def test_of_three_or_of_other_requests_the_figure_is_the_ecdf(both: Comparison) -> None:
    three = compare(*both.runs, both.runs[0], labels=["a", "b", "c"]).figure()
    assert len(three._chart.axes) == 1
    other = compare(both.runs[0], deployments.slide16(rate=20, seconds=5)).figure()
    assert "The two had not the same requests." in other.words


@pytest.mark.parametrize(
    ("given", "distinct"),
    [
        (["a", "b"], ("a", "b")),
        (["a", "a", "a"], ("a", "a (2)", "a (3)")),
        (["a", "a", "a (2)"], ("a", "a (2)", "a (2) (2)")),
        (["", ""], ("", " (2)")),
    ],
)
def test_equal_labels_are_numbered(given: list[str], distinct: tuple[str, ...], both: Comparison) -> None:
    runs = [both.runs[0]] * len(given)
    assert compare(*runs, labels=given).labels == distinct


def test_long_titles_differ_in_what_the_table_shows(both: Comparison) -> None:
    found = compare(*[both.runs[0]] * 3)
    assert found.labels == ("Slide 7: a WSGI server", "Slide 7: a WSGI (2)", "Slide 7: a WSGI (3)")
    head = str(found).splitlines()[0]
    assert "ser…" in head
    assert "(2)" in head
    assert "(3)" in head


# What is refused.


@pytest.mark.parametrize(
    ("subjects", "kind", "words"),
    [
        ((), ValueError, "nothing to compare"),
        ((WSGI, "slide16"), TypeError, r"subjects\[1\]='slide16': it must be a Scenario or a Run$"),
        ((deployments.slide07,), TypeError, r"subjects\[0\]=<function slide07"),
        (([WSGI, CHANNELS],), TypeError, r"give them one by one: compare\(one, other\)"),
    ],
)
def test_what_cannot_be_compared(subjects: tuple[object, ...], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        compare(*subjects)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "kind", "words"),
    [
        (["one"], ValueError, "they are 1; it must be 2, one for each"),
        ([], ValueError, "they are 0"),
        ("ab", TypeError, "labels='ab': it must be texts"),
        ([1, 2], TypeError, r"labels=\[1, 2\]"),
        (5, TypeError, "labels=5"),
    ],
)
def test_labels_that_do_not_fit(labels: object, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        compare(WSGI, CHANNELS, labels=labels)  # type: ignore[arg-type]


def test_nothing_runs_before_all_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []
    monkeypatch.setattr(module, "simulate", lambda *given: ran.append(given))
    with pytest.raises(TypeError):
        compare(WSGI, None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="labels"):
        compare(WSGI, CHANNELS, labels=["one"])
    assert ran == []


def test_a_seed_that_is_none() -> None:
    with pytest.raises(ScenarioError, match="seed='one'"):
        compare(WSGI, seed="one")  # type: ignore[arg-type]
