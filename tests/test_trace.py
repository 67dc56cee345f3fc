"""The trace: rows by column, to a file and back without loss, and words for what is no trace."""

import gzip
import hashlib
import random
import sys
import threading
from array import array
from pathlib import Path
from typing import Any

import pytest

from chansim import Trace, deployments, simulate
from chansim.trace import (
    BEGUN,
    CAUSES,
    COLUMNS,
    EVENTS,
    LOST,
    RECEIVED,
    SENT,
    Recorder,
    Row,
    ThreadedRecorder,
    TraceFileError,
)


def small() -> Trace:
    """Three rows, with text of all kinds."""
    recorder = Recorder()
    code = recorder.code
    recorder.write(0.0, SENT, code("clients"), 0, recorder.new_message(), 1, code("request"))
    recorder.write(1 / 3, RECEIVED, code("gunicorn/2"), code("grüße!€"), 1, 1)
    recorder.write(0.5, LOST, code("clients"), 0, 1, 1, code("full"))
    return recorder.finish(2.5)


def test_rows_come_back_as_they_were_written() -> None:
    assert list(small().rows()) == [
        Row(0.0, "sent", "clients", "", 1, 1, "request"),
        Row(1 / 3, "received", "gunicorn/2", "grüße!€", 1, 1, ""),
        Row(0.5, "lost", "clients", "", 1, 1, "full"),
    ]


def test_columns_are_typed_arrays_of_equal_length() -> None:
    trace = small()
    assert (
        list(trace.columns)
        == ["t", "event", "component", "channel", "message", "request", "detail"]
        == list(COLUMNS)
    )
    assert [column.typecode for column in trace.columns.values()] == list(COLUMNS.values())
    assert {len(column) for column in trace.columns.values()} == {3} == {len(trace)}
    assert isinstance(trace.t, array)
    assert memoryview(trace.t).nbytes == 24


def test_it_says_how_much_it_holds() -> None:
    assert repr(small()) == "<Trace: 3 rows over 2.5 s>"


def test_the_events_are_closed_and_documented() -> None:
    assert EVENTS == (
        "sent",
        "received",
        "begun",
        "ended",
        "lost",
        "connected",
        "disconnected",
        "joined",
        "left",
        "fault",
    )
    assert (EVENTS[SENT], EVENTS[BEGUN]) == ("sent", "begun")
    for word in (*EVENTS, *COLUMNS):
        assert word in (sys.modules["chansim.trace"].__doc__ or "")
    assert len(set(CAUSES)) == len(CAUSES)


# -- filters


def test_rows_can_be_asked_for_by_any_column() -> None:
    trace = small()
    assert [row.t for row in trace.rows(event="lost")] == [0.5]
    assert [row.t for row in trace.rows(component="clients")] == [0.0, 0.5]
    assert [row.t for row in trace.rows(component="clients", event="sent")] == [0.0]
    assert [row.t for row in trace.rows(channel="")] == [0.0, 0.5]
    assert [row.t for row in trace.rows(channel="grüße!€", message=1, request=1)] == [1 / 3]
    assert [row.t for row in trace.rows(t=0.5)] == [0.5]
    assert [row.t for row in trace.rows(detail="full")] == [0.5]


def test_what_the_trace_never_mentions_has_no_rows() -> None:
    assert list(small().rows(component="daphne")) == []
    assert list(small().rows(event="fault")) == []
    assert list(small().rows(message=7)) == []
    assert small().code("daphne") is None


def test_a_column_or_an_event_that_does_not_exist_is_answered_in_words() -> None:
    with pytest.raises(
        ValueError, match="a trace has no column 'colour'; its columns are t, event, component, channel"
    ):
        list(small().rows(colour="red"))
    with pytest.raises(ValueError, match="there is no event 'send'; the events are sent, received, begun"):
        list(small().rows(event="send"))


def test_it_is_answered_at_once() -> None:
    with pytest.raises(ValueError, match="colour"):
        small().rows(colour="red")


def test_a_number_as_text_is_answered_in_words() -> None:
    with pytest.raises((ValueError, TypeError), match="request"):
        list(small().rows(request="1"))


# -- files


@pytest.mark.parametrize("deployment", [deployments.slide07, deployments.slide16, deployments.slide24])
def test_a_run_comes_back_from_a_file_without_loss(deployment: Any, tmp_path: Path) -> None:
    trace = simulate(deployment(seconds=3)).trace
    trace.save(tmp_path / "run.trace")
    back = Trace.load(tmp_path / "run.trace")
    assert back == trace
    assert list(back.rows()) == list(trace.rows())
    assert (back.names, back.end, back.digest()) == (trace.names, trace.end, trace.digest())
    assert back.columns == trace.columns


def test_an_empty_trace_comes_back_too(tmp_path: Path) -> None:
    empty = Recorder().finish(1.0)
    empty.save(tmp_path / "empty")
    assert len(Trace.load(str(tmp_path / "empty"))) == 0


def test_the_same_trace_is_the_same_file(tmp_path: Path) -> None:
    """There is no date in it: files can be compared, and kept under version control."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        small().save(tmp_path / folder / "run.trace")
    assert (tmp_path / "one" / "run.trace").read_bytes() == (tmp_path / "two" / "run.trace").read_bytes()


def test_the_digest_is_that_of_the_canonical_bytes() -> None:
    trace = small()
    assert trace.digest() == hashlib.sha256(trace.canonical_bytes()).hexdigest()
    assert trace.digest() == small().digest()
    assert trace == small()


@pytest.mark.parametrize(
    "change", ["t", "event", "component", "channel", "message", "request", "detail", "end", "names"]
)
def test_any_difference_makes_another_digest(change: str) -> None:
    trace, other = small(), small()
    if change == "end":
        other = Trace(other.names, other.columns, 2.6)
    elif change == "names":
        other.names[1] = "browsers"
    else:
        other.columns[change][2] += 1
    assert other.digest() != trace.digest()
    assert other != trace


def test_a_trace_is_equal_to_no_other_thing() -> None:
    assert small() != "a trace"
    with pytest.raises(TypeError, match="unhashable"):
        hash(small())


def written(tmp_path: Path) -> tuple[Path, bytes]:
    """A file with a trace in it, and its bytes."""
    path = tmp_path / "run.trace"
    simulate(deployments.slide07(seconds=2)).trace.save(path)
    return path, path.read_bytes()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TraceFileError, match="nowhere: there is no such file"):
        Trace.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text",
    [None, b"hello", b"", b"chansim trace 1\n", b"chansim trace 1\n[]\n", b"chansim trace 1\nnull\n",
     b'chansim trace 1\n{"names": [""], "rows": 1, "end": 1}\n',
     b'{"names": [""], "rows": 0, "end": 1}\n', b"\xff\xfe\n",
     b'chansim trace 2\n{"names": [""], "rows": 0, "end": 1}\n'],
)  # fmt: skip
@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_holds_something_else(text: bytes | None, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"" if text is None else gzip.compress(text) if packed else text)
    with pytest.raises(TraceFileError, match=r"other (is not a trace|cannot be read as a saved trace)"):
        Trace.load(path)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(TraceFileError, match="cannot be read"):
        Trace.load(tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_part_of_a_file(share: float, tmp_path: Path) -> None:
    path, content = written(tmp_path)
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(TraceFileError, match=r"run\.trace"):
        Trace.load(path)


def test_a_damaged_file(tmp_path: Path) -> None:
    """Whatever byte is wrong, it is told in words: zlib has an error of its own for it."""
    path, content = written(tmp_path)
    draw = random.Random(1)
    for _ in range(40):
        place = draw.randrange(10, len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        with pytest.raises(TraceFileError, match=r"run\.trace"):
            Trace.load(path)


@pytest.mark.parametrize(
    "head",
    ['{"names": 5, "rows": 0, "end": 1}', '{"names": [""], "rows": 0, "end": "x"}',
     '{"names": [""], "rows": -1, "end": 1}', '{"names": [5], "rows": 0, "end": 1}'],
)  # fmt: skip
def test_a_head_of_other_types(head: str, tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_bytes(gzip.compress(b"chansim trace 1\n" + head.encode() + b"\n"))
    with pytest.raises(TraceFileError, match="odd"):
        Trace.load(path)


# -- recording


@pytest.mark.parametrize("seconds", [60.0])
def test_a_row_takes_at_most_40_bytes(seconds: float) -> None:
    """Of slide 16, where each request brings a channel name of its own."""
    trace = simulate(deployments.slide16(), seconds=seconds).trace
    assert len(trace) > 30_000
    assert trace.nbytes / len(trace) <= 40


def test_codes_are_given_in_order_and_once() -> None:
    recorder = Recorder()
    assert [recorder.code(text) for text in ("", "a", "b", "a", "")] == [0, 1, 2, 1, 0]
    assert [recorder.new_message() for _ in range(3)] == [1, 2, 3]


def test_many_rows_are_all_kept_and_in_order() -> None:
    recorder = Recorder()
    for n in range(30_000):
        recorder.write(float(n), SENT, 0, 0, n)
    trace = recorder.finish(30_000.0)
    assert list(trace.message) == list(range(30_000))
    assert list(trace.t) == [float(n) for n in range(30_000)]


def test_eight_threads_lose_no_row_and_the_rows_come_out_in_order_of_time() -> None:
    recorder, each = ThreadedRecorder(), 5000
    numbers: list[int] = []

    def record(thread: int) -> None:
        draw = random.Random(thread)
        for n in range(each):
            numbers.append(recorder.new_message())
            recorder.write(
                draw.random(),
                SENT,
                recorder.code(f"thread {thread}"),
                recorder.code(f"{n}"),
                0,
                thread * each + n,
            )

    threads = [threading.Thread(target=record, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trace = recorder.finish(1.0)
    assert sorted(trace.request) == list(range(8 * each))
    assert list(trace.t) == sorted(trace.t)
    assert sorted(numbers) == list(range(1, 8 * each + 1))
    assert len(set(trace.names)) == len(trace.names) == 1 + 8 + each
    rows = trace.rows(component="thread 3")
    assert {(row.request - 3 * each, row.channel) for row in rows} == {(n, f"{n}") for n in range(each)}


def test_rows_of_one_moment_stay_in_the_order_in_which_they_were_written() -> None:
    recorder = ThreadedRecorder()
    for n, t in enumerate((2.0, 1.0, 2.0, 1.0)):
        recorder.write(t, SENT, 0, 0, n)
    assert list(recorder.finish(3.0).message) == [1, 3, 0, 2]


def test_a_finished_trace_does_not_change_when_a_straggler_writes_on() -> None:
    """As a consumer that was left behind does, in the executed world."""
    recorder = ThreadedRecorder()
    recorder.write(0.5, SENT, 0)
    trace = recorder.finish(1.0)
    for _ in range(10_000):
        recorder.write(2.0, SENT, 0)
    assert len(trace) == 1
