"""Logs as servers write them, and files that are no logs at all."""

import gzip
import io
import itertools
import math
import os
import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chansim.access_log import LONGEST_LINE, AccessLogError, read_access_log

REAL = Path(__file__).parents[2] / "shared" / "data" / "access-2015.log.gz"
LINE = b'203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1234\n'


def at(time: str) -> bytes:
    return b'203.0.113.9 - - [%b] "GET / HTTP/1.1" 200 1234\n' % time.encode()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


# What is read.


def test_the_requests_of_one_second_are_spread_evenly_within_it(log: Path) -> None:
    times = ("10:05:03", "10:05:03", "10:05:03", "10:05:03", "10:05:07", "10:05:07")
    log.write_bytes(b"".join(at(f"17/May/2015:{time} +0000") for time in times))
    read = read_access_log(log)
    assert list(read.moments) == [0, 0.25, 0.5, 0.75, 4, 4.5]
    assert (read.source, read.lines, read.malformed, read.first_malformed) == ("access.log", 6, 0, None)
    assert read.first == datetime(2015, 5, 17, 10, 5, 3, tzinfo=UTC)
    assert read.last == datetime(2015, 5, 17, 10, 5, 7, tzinfo=UTC)


def test_at_random_they_stay_within_their_second_and_in_order(log: Path) -> None:
    log.write_bytes(LINE * 50 + at("17/May/2015:10:05:04 +0000") * 50)
    read = read_access_log(log, spread="random")
    assert read.moments[0] == 0
    assert list(read.moments) == sorted(read.moments)
    assert read.moments[49] < 1 < 2 > read.moments[99]
    assert read == read_access_log(log, spread="random") != read_access_log(log, spread="random", seed=2)


def test_lines_out_of_order_and_from_other_zones_are_brought_in_order(log: Path) -> None:
    log.write_bytes(
        at("17/May/2015:12:00:09 +0200")
        + at("17/May/2015:10:00:05 +0000")
        + at("17/May/2015:03:30:01 -0630")
        + at("16/May/2015:23:30:00 -1030")
    )
    assert list(read_access_log(log).moments) == [0, 1, 5, 9]


def test_speedup_divides_the_time(log: Path) -> None:
    log.write_bytes(LINE + at("17/May/2015:11:05:03 +0000"))
    assert list(read_access_log(log, speedup=60).moments) == [0, 60]
    assert read_access_log(log, speedup=60).last.hour == 11


def test_a_leap_second_and_a_leap_day_are_times(log: Path) -> None:
    log.write_bytes(at("31/Dec/2016:23:59:60 +0000") + at("01/Jan/2017:00:00:01 +0000"))
    assert list(read_access_log(log).moments) == [0, 1]
    log.write_bytes(at("29/Feb/2016:00:00:00 +0000"))
    assert read_access_log(log).malformed == 0


@pytest.mark.parametrize(
    "line",
    [
        rb'::1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 -',
        rb'2001:db8::7 - frank [17/May/2015:10:05:03 +0000] "GET / HTTP/2.0" 200 12 "-" "curl"',
        rb'h - - [17/May/2015:10:05:03 +0000] "-" 408 -',
        rb'h - - [17/May/2015:10:05:03 +0000] "" 400 0',
        rb'h - "" [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 401 0',
        rb'h - a b [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 401 0',
        rb'h - - [17/May/2015:10:05:03 +0000] "GET /\"quoted\"\\ HTTP/1.1" 200 1 "a \" b" "c"',
        rb'h - - [17/May/2015:10:05:03 +0000] "\x16\x03\x01" 400 226',
        b'h - - [17/May/2015:10:05:03 +0000] "GET /\xff\xfe\x00 HTTP/1.1" 404 1',
        rb'h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1 "-" "curl" 0.003 . "1.2.3.4" rid=7',
        rb'www.example.org:443 h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1 "-" "curl"',
        rb'[2001:db8::1]:80 h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1 "-" "curl"',
        b'h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1\r',
        b'h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1 "-" "cut off',
    ],
)
def test_what_servers_really_write_is_usable(log: Path, line: bytes) -> None:
    log.write_bytes(line)
    assert len(read_access_log(log).moments) == 1
    log.write_bytes(line + b"\n" + LINE)
    assert (read_access_log(log).lines, read_access_log(log).malformed) == (2, 0)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        b"\x00\x01\x02\xff",
        b"127.0.0.1 - -",
        b'- - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1',
        b'h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1 200 1',
        b'h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200',
        b'h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" OK 1',
        b'h - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 -1',
        b'h - - [2015-05-17T10:05:03Z] "GET / HTTP/1.1" 200 1',
        *(
            at(time).strip()
            for time in (
                "31/Feb/2015:10:05:03 +0000",
                "29/Feb/2015:10:05:03 +0000",
                "00/May/2015:10:05:03 +0000",
                "17/Mai/2015:10:05:03 +0000",
                "17/May/0000:10:05:03 +0000",
                "17/May/9999:10:05:03 +0000",
                "17/May/2015:24:05:03 +0000",
                "17/May/2015:10:60:03 +0000",
                "17/May/2015:10:05:61 +0000",
                "17/May/2015:10:05:03 +9999",
                "17/May/2015:10:05:03 +0060",
                "17/May/2015:10:05:03 CEST",
                "17/May/2015:10:05:03",
                "17/May/2015:10:05:03 +\u0660\u0660\u0660\u0660",
            )
        ),
    ],
)
def test_a_malformed_line_is_counted_and_the_others_are_used(log: Path, line: bytes) -> None:
    log.write_bytes(LINE + line + b"\n" + LINE + line + b"\n" + LINE)
    read = read_access_log(log)
    assert (len(read.moments), read.lines, read.malformed, read.first_malformed) == (3, 5, 2, 2)
    assert "2 of 5 lines malformed, the first is line 2" in str(read)


def test_blank_lines_at_the_end_are_not_counted(log: Path) -> None:
    log.write_bytes(LINE + b"\n" + LINE + b"\n  \r\n\n")
    read = read_access_log(log)
    assert (read.lines, read.malformed, read.first_malformed) == (3, 1, 2)
    log.write_bytes(LINE + b"\n\n")
    read = read_access_log(log)
    assert (read.lines, read.malformed, read.first_malformed) == (1, 0, None)


def test_a_line_without_end_is_one_malformed_line(log: Path) -> None:
    log.write_bytes(LINE + b"x" * (10 * LONGEST_LINE) + b"\n" + LINE)
    read = read_access_log(log)
    assert (len(read.moments), read.lines, read.first_malformed) == (2, 3, 2)
    log.write_bytes(LINE + b"x" * LONGEST_LINE)
    assert read_access_log(log).malformed == 1


def test_a_line_of_exactly_the_longest_length_is_read(log: Path) -> None:
    long = LINE.rstrip() + b" "
    log.write_bytes(long + b"x" * (LONGEST_LINE - len(long) - 1) + b"\n" + LINE)
    assert len(read_access_log(log).moments) == 2


def test_gzip_is_known_by_its_first_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    packed, plain = tmp_path / "packed.log", tmp_path / "plain.gz"
    packed.write_bytes(gzip.compress(LINE) + gzip.compress(LINE))  # rotated logs are often packed in parts
    plain.write_bytes(LINE + LINE)
    assert read_access_log(str(packed)).moments == read_access_log(plain).moments


def test_a_log_is_a_value(log: Path) -> None:
    log.write_bytes(LINE)
    one, other = read_access_log(log), read_access_log(log)
    assert one == other
    assert hash(one) == hash(other)
    assert "moments" not in repr(one)
    assert str(one) == "access.log: 1 requests from 2015-05-17 10:05:03 to 2015-05-17 10:05:03 UTC"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_progress_adds_up_to_the_size_of_the_file(log: Path, pack: "type[bytes]") -> None:
    log.write_bytes(pack(LINE * 25_000))
    told: list[int] = []
    read_access_log(log, progress=told.append)
    assert sum(told) == log.stat().st_size
    assert len(told) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_can_be_read(log: Path) -> None:
    os.mkfifo(log)
    writer = threading.Thread(target=log.write_bytes, args=(LINE * 3,))
    writer.start()
    assert len(read_access_log(log, progress=lambda _: None).moments) == 3
    writer.join()


# Lines as Hypothesis thinks of them, written out and read back.

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
words = st.text(
    st.characters(codec="utf-8", exclude_characters='"\\', exclude_categories=("C", "Z")), min_size=1
)
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1), timezones=zones)
requests = st.lists(st.tuples(words, words, moments, words, st.integers(100, 599)))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests.filter(bool), st.randoms(use_true_random=False))
def test_what_was_written_is_read_back(
    log: Path, rows: list[tuple[str, str, datetime, str, int]], draw: random.Random
) -> None:
    lines = [
        f"{host} - {user.replace('[', '(')} [{when:%d}/{MONTHS[when.month - 1]}/{when:%Y:%H:%M:%S %z}]"
        f' "GET /{path} HTTP/1.1" {status} -\n'
        for host, user, when, path, status in rows
    ]
    draw.shuffle(lines)
    log.write_bytes("".join(lines).encode())
    read = read_access_log(log)
    seconds = sorted(int(when.timestamp() // 1) for _, _, when, _, _ in rows)
    assert read.malformed == 0
    assert [math.floor(moment + 1e-6) + seconds[0] for moment in read.moments] == seconds
    assert read.last.timestamp() == seconds[-1]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2000))
def test_no_bytes_whatever_lead_to_another_error(log: Path, rubbish: bytes) -> None:
    log.write_bytes(rubbish)
    with pytest.raises(AccessLogError):
        read_access_log(log)
    log.write_bytes(LINE + rubbish)
    assert len(read_access_log(log).moments) == 1


# What is refused.


def refusal(path: Path | str) -> str:
    with pytest.raises(AccessLogError) as caught:
        read_access_log(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_that_is_not_there(log: Path) -> None:
    assert "does not exist; give the path of an access log" in refusal(log)


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder; give the path of one access log in it" in refusal(tmp_path)


def test_a_file_that_may_not_be_read(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> io.BufferedReader:
        raise PermissionError(13, "Permission denied")  # root, who may run the tests, may read everything

    monkeypatch.setattr("builtins.open", denied)
    assert "may not be read by you" in refusal(log)


def test_a_disk_that_fails(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> io.BufferedReader:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("builtins.open", failing)
    assert "cannot be read ([Errno 5] Input/output error)" in refusal(log)


def test_an_empty_file(log: Path) -> None:
    log.touch()
    assert "is empty; an access log has lines such as 203.0.113.9 - - [17/May/2015" in refusal(log)
    log.write_bytes(gzip.compress(b""))
    assert "is empty" in refusal(log)


def test_a_file_with_no_usable_line(log: Path) -> None:
    log.write_bytes(b"time,host\n1,a\n2,b\n")
    assert "holds no usable line among its 3" in refusal(log)


def test_a_gzip_file_that_was_cut_short_or_damaged(log: Path) -> None:
    whole = gzip.compress(b"".join(at(f"17/May/2015:10:05:{n % 60:02} +0000") for n in range(1000)))
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for damaged in (whole[:-20], whole[:3], bytes(flipped), whole + b"more"):
        log.write_bytes(damaged)
        assert "is a gzip file that is damaged or was cut short" in refusal(log)


@pytest.mark.parametrize("speedup", [0, -1, math.nan, math.inf, 1e-300, "fast", None, True])
def test_a_speedup_that_is_none(log: Path, speedup: float) -> None:
    with pytest.raises(ValueError, match=r"speedup is .*; it must be a number from 1e-9 to 1e9"):
        read_access_log(log, speedup=speedup)


def test_a_spread_that_is_none(log: Path) -> None:
    with pytest.raises(ValueError, match=r'spread is .smooth.; it must be "even" or "random"'):
        read_access_log(log, spread="smooth")


# The real log.


@pytest.mark.skipif(
    not REAL.exists(), reason=f"the real log is not part of the project: no {REAL.name} beside it"
)
def test_the_real_log_is_read_whole() -> None:
    read = read_access_log(REAL)
    assert (read.source, read.lines, read.malformed) == ("access-2015.log.gz", 5000, 0)
    assert len(read.moments) == 5000
    assert read.moments[0] == 0
    assert all(one < other for one, other in itertools.pairwise(read.moments))
    with gzip.open(REAL, "rt") as lines:
        stamps = Counter(datetime.strptime(line.split("[")[1][:26], "%d/%b/%Y:%H:%M:%S %z") for line in lines)
    assert (read.first, read.last) == (min(stamps), max(stamps))
    found = Counter(read.first + timedelta(seconds=math.floor(moment)) for moment in read.moments)
    assert found == stamps
