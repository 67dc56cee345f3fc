"""A run that is looked at while its threads run. What is asserted are the books and the order, never a time."""

import threading
import time
from collections import Counter

import pytest

from chansim import Run, ScenarioError
from chansim.deployments import slide16
from chansim.live import background
from chansim.live.growing import Growing
from chansim.trace import RECEIVED, SENT, ThreadedRecorder


def until(true, patience=60.0):
    """Wait until it is so."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


def test_a_run_grows_while_it_is_looked_at_and_ends_as_any_other():
    begun = background.start(slide16(rate=50.0, service=0.01), seconds=30.0)
    try:
        until(lambda: len(begun.trace) > 20)
        early = begun.trace
        until(lambda: len(begun.trace) > 2 * len(early))
        assert begun.running
    finally:
        begun.stop()
    run = begun.run(patience=0)
    assert isinstance(run, Run)
    assert (run.world, run.seed) == ("executed", 1)
    assert not begun.running
    assert begun.trace.columns == run.trace.columns
    assert Counter(early.rows()) <= Counter(run.trace.rows()), "a row that was seen is no longer there"


def test_what_cannot_be_executed_is_said_at_once():
    with pytest.raises(ScenarioError, match="seconds"):
        background.start(slide16(), seconds=-1.0)


def test_a_run_that_is_not_over_is_not_given_out():
    begun = background.start(slide16(), seconds=30.0)
    try:
        with pytest.raises(TimeoutError, match="stop"):
            begun.run(patience=0.0)
        assert "still running" in repr(begun)
    finally:
        begun.stop()
    assert "over" in repr(begun)
    begun.stop()  # once more does no harm


def test_rows_that_were_overtaken_are_put_in_their_place():
    recorder = ThreadedRecorder()
    growing = Growing(slide16(), recorder, clock=lambda: 9.0)
    who = recorder.code("clients")
    recorder.write(1.0, SENT, who, message=1)
    recorder.write(3.0, SENT, who, message=2)
    assert list(growing.trace.t) == [1.0, 3.0]
    recorder.write(2.0, RECEIVED, who, message=1)
    recorder.write(3.0, RECEIVED, who, message=2)
    trace = growing.trace
    assert list(trace.t) == [1.0, 2.0, 3.0, 3.0]
    assert [(row.event, row.message) for row in trace.rows()] == [
        ("sent", 1), ("received", 1), ("sent", 2), ("received", 2),
    ]  # fmt: skip
    assert trace.end == 9.0
    assert trace.columns == recorder.finish(9.0).columns


def test_any_recorder_that_threads_write_to_can_be_followed():
    recorder = ThreadedRecorder()
    growing = Growing(slide16(), recorder, clock=lambda: 0.0)

    def writes(number):
        for place in range(500):
            recorder.write(place / 100, SENT, recorder.code(f"thread {number}"), message=place)

    threads = [threading.Thread(target=writes, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    seen = []
    while any(thread.is_alive() for thread in threads):
        seen.append(len(growing.trace))
    for thread in threads:
        thread.join()
    trace = growing.trace
    assert seen == sorted(seen)
    assert len(trace) == 2000
    assert list(trace.t) == sorted(trace.t)
    assert sorted(trace.rows()) == sorted(recorder.finish(0.0).rows())
