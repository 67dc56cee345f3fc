"""What is judged over the wire comes to the same as what is judged here, whatever is answered; and the judge lends
nothing but what an exercise gives a learner."""

import os
from threading import Thread

import pytest

from chansim.channels import Message
from chansim.channels.message import using
from chansim.course.checking import judge
from chansim.course.grading import wire
from chansim.course.grading.judge import Judge
from chansim.course.grading.peer import Borrowed, lent_by_the_judge
from chansim.course.grading.runner import Runner
from chansim.course.lessons.lesson_08 import Overlapping
from chansim.live.memory import InMemoryLayer
from test_lessons import RIGHT, WRONG, made


@pytest.fixture
def bench():
    """A judge and a runner, joined by pipes: the runner's end serves in a thread."""
    answers_out, answers_in = os.pipe()
    questions_out, questions_in = os.pipe()
    streams = [os.fdopen(answers_out, "rb"), os.fdopen(questions_in, "wb")]
    own = [os.fdopen(questions_out, "rb"), os.fdopen(answers_in, "wb")]
    bench, runner = Judge(*streams, seconds=60.0), Runner(*own)
    bench.runner = runner

    def serve():
        with pytest.raises(wire.NothingMore):
            runner.serve()

    serving = Thread(target=serve, daemon=True)
    serving.start()
    yield bench
    streams[1].close()
    serving.join(10)
    own[1].close()
    for each in (streams[0], own[0]):
        each.close()


ASKED = {
    "03-queue",
    "03-expiry",
    "03-groups",
    "04-view",
    "05-chat",
    "05-slack",
    "08-race",
    "08-once",
}
"""The exercises whose answers are called."""


def crossed(bench, answer):
    """The answer as it is on the judge's side."""
    return bench.answered(bench.runner.parcel(answer))


@pytest.mark.parametrize(("name", "answer"), [each for each in RIGHT if each.values[0] in ASKED])
def test_what_is_right_is_right_over_the_wire(name, answer, bench):
    verdict = judge(name, crossed(bench, made(answer)))
    assert verdict.good, verdict.words


@pytest.mark.parametrize(("name", "answer", "hint"), [each for each in WRONG if each.values[0] in ASKED])
def test_what_is_wrong_gets_its_hint_over_the_wire(name, answer, hint, bench):
    verdict = judge(name, crossed(bench, made(answer)))
    assert not verdict.good
    assert hint in verdict.words


# -- what crosses


@pytest.mark.parametrize("of", [RIGHT, WRONG])
def test_a_design_comes_over_as_it_is(of, bench):
    """So its verdict is what it is here, where it takes seconds (test_lessons.py)."""
    designs = [each.values[1] for each in of if each.values[0] == "12-design"]
    assert len(designs) > 1
    for design in designs:
        assert crossed(bench, made(design)) == made(design)


def test_a_function_is_called_where_it_is_and_changes_here_what_it_was_given(bench):
    def charge(paid, found, *, seen):
        paid.update(a=1)
        found.append(b"2")
        return {"of": seen}

    paid, found = {}, [1]
    remote = crossed(bench, charge)
    assert remote(paid, found, seen={3}) == {"of": {3}}
    assert (paid, found, remote.__name__) == ({"a": 1}, [1, b"2"], "charge")


def test_an_object_stays_where_it_is_and_its_methods_are_called_there(bench):
    class Counter:
        def __init__(self, clock):
            self.clock = clock

        def look(self):
            return self.clock() + 1

    counter = crossed(bench, Counter)(lambda: 41)
    assert (type(counter).__name__, counter.look(), isinstance(counter, Borrowed)) == ("Counter", 42, True)
    with pytest.raises(AttributeError, match="nothing"):
        counter.nothing()
    with pytest.raises(AttributeError):
        _ = counter.__globals__


def test_a_consumer_sends_with_the_layer_of_whoever_calls_it(bench):
    def consumer(message):
        message.reply_channel.send({"text": message["text"] + "!"})

    layer = InMemoryLayer()
    with using(layer):
        crossed(bench, consumer)(
            Message({"reply_channel": "websocket.send!ann", "text": "hi"}, "websocket.receive")
        )
    assert layer.receive_many(["websocket.send!ann"]) == ("websocket.send!ann", {"text": "hi!"})


def test_a_generator_is_read_as_it_comes(bench):
    read = []

    def parts():
        for part in (b"a", b"b"):
            read.append(part)
            yield part

    def first(make):
        return next(make())

    assert crossed(bench, first)(parts) == b"a"
    assert read == [b"a"]


def test_errors_cross_by_name(bench):
    def boom():
        raise KeyError("where")

    with pytest.raises(KeyError, match="where"):
        crossed(bench, boom)()


# -- what the judge does not lend


@pytest.mark.parametrize("value", [object(), os, int, Overlapping, open(os.devnull), [].append])  # noqa: SIM115
def test_the_judge_lends_nothing_else(value):
    assert lent_by_the_judge(value) == ()


@pytest.mark.parametrize(
    "method", ["__globals__", "__class__", "other_worker", "moment", "_wake", "__init__", ""]
)
def test_of_what_the_judge_lends_only_what_is_offered_can_be_called(method, bench):
    """The race's object has an ``other_worker``, which would do the learner's work."""
    turn = Overlapping(3)

    def prying(turn):
        return turn._peer.call(turn._number, method, (), {})

    with pytest.raises(AttributeError, match="is not offered"):
        crossed(bench, prying)(turn)
    assert (turn.calls, turn.turn_has_come) == (0, False)
