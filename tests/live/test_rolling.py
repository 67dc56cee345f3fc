"""What is left running keeps the newest rows, and no more."""

import threading
from collections.abc import Iterator

import pytest
from websockets.sync.client import connect

from chansim.deployments import slide16
from chansim.live.demo import Demo, start
from chansim.live.demo.watch import Watch
from chansim.live.door import Door
from chansim.live.growing import Growing
from chansim.live.rolling import RollingRecorder
from chansim.trace import SENT
from live.test_demo import PATIENCE, get, until


def filled(rows: int, most: int = 10) -> RollingRecorder:
    recorder = RollingRecorder(most)
    for number in range(1, rows + 1):
        recorder.write(float(number), SENT, recorder.code("somebody"), message=number)
    return recorder


def test_the_newest_rows_are_kept_and_the_others_are_not() -> None:
    recorder = filled(25)
    assert list(recorder.finish(30.0).message) == list(range(16, 26))
    following, columns = recorder.read()
    assert (following, list(columns["message"])) == (25, list(range(16, 26)))
    assert list(recorder.written(20)["message"]) == [21, 22, 23, 24, 25]
    assert recorder.read(99)[0] == 99
    assert list(filled(3).finish(9.0).message) == [1, 2, 3]


def test_who_follows_it_keeps_no_more_either() -> None:
    recorder = RollingRecorder(10)
    growing = Growing(slide16(), recorder, clock=lambda: 99.0)
    for number in range(1, 31):
        recorder.write(float(number), SENT, 0, message=number)
        if number % 7 == 0:
            assert list(growing.trace.message) == list(range(max(1, number - 9), number + 1))
    assert list(growing.trace.message) == list(range(21, 31))
    assert growing.unmoved == 0  # the rows are no longer where they stood
    assert len(growing.trace) == 10
    assert growing.unmoved == 10


def test_who_asks_for_rows_that_are_forgotten_gets_those_that_are_there() -> None:
    recorder = filled(25)
    watch = Watch(lambda: None, recorder, lambda: 30.0, Door(), {})
    told = watch.told(b"since=3")
    assert (told["next"], [row[4] for row in told["rows"]]) == (25, list(range(16, 26)))
    assert watch.told(b"since=25")["rows"] == []


def test_many_threads_may_write() -> None:
    recorder = RollingRecorder(1000)
    writers = [
        threading.Thread(target=lambda: [recorder.write(1.0, SENT, 0) for _ in range(2000)]) for _ in range(4)
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    following, columns = recorder.read()
    assert (following, len(columns["t"])) == (8000, 1000)


@pytest.fixture
def demo() -> Iterator[Demo]:
    running = start(workers=1, rows=300)
    yield running
    running.stop()


def test_a_demo_that_is_left_running_does_not_grow(demo: Demo) -> None:
    netloc = demo.url.removeprefix("http://").strip("/")
    with connect(f"ws://{netloc}/chat/", proxy=None) as browser:
        until(lambda: any(row.event == "joined" for row in demo.trace.rows()))
        names = 0
        for number in range(120):
            browser.send(f"line {number}")
            assert browser.recv(timeout=PATIENCE) == f"line {number}"
            if number == 60:
                names = len(demo.recorder.names())
        told = get(demo.url + "watch.json?since=0").json()
        assert told["next"] > 600
        assert len(told["rows"]) <= 300
        assert len(demo.trace) == 300
        assert len(demo.recorder.names()) < names + 5  # messages bring none, at most a new cause of a loss
        assert list(demo.trace.t) == sorted(demo.trace.t)
    demo.stop()
    assert len(demo.run().trace) == 300
