"""The command line: what it prints, what it refuses, and how it ends."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chansim import __version__, cli
from chansim.access_log import read_access_log
from chansim.commands import compare as command
from chansim.commands import output
from chansim.duration import LONGEST
from chansim.trace import Trace

REAL = Path(__file__).parents[2] / "shared" / "data" / "access-2015.log.gz"
COMMAND = [sys.executable, "-m", "chansim"]

# "2 of 3": the last line is malformed, the second is earlier than the first, from another zone
LINES = """\
203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1234
203.0.113.9 - ann [17/May/2015:12:05:01 +0200] "GET /a HTTP/1.1" 404 - "http://example.org/" "Mozilla/5.0"
no line of a log
"""

Said = Callable[..., tuple[int, str, str]]


def lines(*seconds: int) -> str:
    """A line for each of these seconds after 10:05:00."""
    form = '203.0.113.9 - - [17/May/2015:10:{:02}:{:02} +0000] "GET / HTTP/1.1" 200 1\n'
    return "".join(form.format(5 + second // 60, second % 60) for second in seconds)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text(LINES, encoding="ascii")
    return path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command line; gives its status, stdout and stderr."""

    def run(*argv: object) -> tuple[int, str, str]:
        status = cli.main([str(word) for word in argv])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def found(said: Said) -> Callable[..., Any]:
    """Runs compare; gives what its JSON says."""

    def run(*argv: object) -> Any:
        status, out, err = said("compare", *argv, "--json")
        assert (status, err) == (0, "")
        return json.loads(out, parse_constant=pytest.fail)  # NaN and Infinity are no JSON

    return run


# A real log.


@pytest.fixture
def real() -> Path:
    if not REAL.exists():
        pytest.skip(f"the real access log is not here: {REAL}")
    return REAL


def test_a_real_log_under_light_and_heavy_load(real: Path, found: Callable[..., Any]) -> None:
    for speedup, causes in ((60, ({}, {})), (1000, ({}, {"full"})), (100_000, ({"backlog full"}, {"full"}))):
        data = found(real, "--speedup", speedup)
        assert (data["log"]["requests"], data["log"]["malformed"]) == (5000, 0)
        for each, expected in zip(data["deployments"].values(), causes, strict=True):
            assert each["requests"] == each["served"] + sum(each["failed"].values()) == 5000
            assert each["waiting"] == 0
            assert each["deliveries"] == each["served"]
            assert set(each["failed"]) == set(expected)
            assert 0 < each["p50"] < each["p95"] < each["p99"] < each["seconds"]
            assert 0 < each["utilisation"] <= 1
        wsgi, channels = data["deployments"].values()
        if not causes[1]:  # nothing is lost: the way through the layer, and Daphne's polls, only add
            assert wsgi["p50"] < channels["p50"] < wsgi["p50"] + 0.06
            # the workers' work is the same, over a time that differs by the last answer's way
            busy = [each["utilisation"] * each["seconds"] for each in (wsgi, channels)]
            assert busy[0] == pytest.approx(busy[1], rel=0.01)


def test_the_report_of_a_real_log(real: Path, said: Said) -> None:
    status, out, err = said("compare", real, "--speedup", 1000)
    assert (status, err) == (0, "")
    assert out.startswith("access-2015.log.gz: 5000 requests from 2015-05-17 10:05:00 to 2015-05-19")
    report = " ".join(out.split())
    for words in (
        "Equal for both: the requests and their moments",
        "exponential, mean 50 ms; seed 1",
        "4 workers, each taken by one request at a time",
        "Not equal: the WSGI server lets 2048 requests wait",
        "placed at equal distances within it",
    ):
        assert words in report
    table = {line.split()[0]: line.split()[1:] for line in out.split("\n\n")[-1].splitlines()}
    assert table["requests"] == ["5000", "5000"]
    assert table["full"][0] == "0" != table["full"][1]
    assert {"served", "failed", "waiting", "mean", "p50", "p95", "p99", "utilisation"} <= set(table)
    assert max(map(len, out.splitlines())) <= 80


# Small logs.


def test_both_deployments_get_the_same(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text(lines(*range(0, 100, 5)), encoding="ascii")
    options = cli.build_parser().parse_args(["compare", str(path), "--seed", "5"])
    comparison = command.replay(command.read(options), options)
    wsgi, channels = (run.trace for run in comparison.runs)
    assert [run.seed for run in comparison.runs] == [5, 5]

    def asked(trace: Trace) -> list[tuple[int, float]]:
        return [(row.request, row.t) for row in trace.rows(component="clients", event="sent")]

    def took(trace: Trace, channel: str) -> dict[int, float]:
        begun = {row.request: row.t for row in trace.rows(event="begun", channel=channel)}
        return {row.request: row.t - begun[row.request] for row in trace.rows(event="ended", channel=channel)}

    assert asked(wsgi) == asked(channels) == [(n + 1, 5.0 * n) for n in range(20)]
    times = took(wsgi, "gunicorn.accept")
    more = [time - times[request] for request, time in took(channels, "http.request").items()]
    assert more == pytest.approx([more[0]] * 20, abs=1e-9)  # the worker's way to the layer with the response
    assert 0 <= more[0] < 0.001
    assert len({round(time, 9) for time in times.values()}) == 20  # drawn anew for each


def test_lines_out_of_order_and_malformed_ones(log: Path, said: Said, found: Callable[..., Any]) -> None:
    status, out, err = said("compare", log)
    assert (status, err) == (0, "")
    assert "1 of 3 lines malformed, the first is line 3" in " ".join(out.split())
    assert found(log)["log"] == {
        "source": "access.log",
        "requests": 2,
        "lines": 3,
        "malformed": 1,
        "first_malformed": 3,
        "first": "2015-05-17T10:05:01+00:00",
        "last": "2015-05-17T10:05:03+00:00",
    }


def test_one_request(tmp_path: Path, found: Callable[..., Any]) -> None:
    path = tmp_path / "access.log"
    path.write_text(lines(0), encoding="ascii")
    wsgi, channels = found(path, "--service", "constant:50")["deployments"].values()
    there_and_back = 0.001
    assert wsgi["mean"] == wsgi["p50"] == wsgi["p99"] == pytest.approx(0.05 + there_and_back)
    assert 0.051 < channels["mean"] < 0.11
    assert wsgi["utilisation"] == pytest.approx(0.05 / 0.051 / 4)


def test_a_burst_overflows_by_name(tmp_path: Path, found: Callable[..., Any]) -> None:
    path = tmp_path / "access.log"
    path.write_text(lines(0) * 60, encoding="ascii")
    options = ("--speedup", 1000, "--workers", 2, "--backlog", 10, "--capacity", 5)
    wsgi, channels = found(path, *options)["deployments"].values()
    assert wsgi["failed"] == {"backlog full": 60 - 2 - 10}
    assert wsgi["served"] == 2 + 10
    assert set(channels["failed"]) == {"full"}
    assert 2 + 5 <= channels["served"] < 60
    larger = found(path, *options[:-4], "--backlog", 58, "--capacity", 60)["deployments"]
    assert [each["served"] for each in larger.values()] == [60, 60]


def test_no_data_is_null(tmp_path: Path, found: Callable[..., Any], said: Said) -> None:
    path = tmp_path / "access.log"
    path.write_text(lines(0), encoding="ascii")
    slow = ("--service", "constant:200000")  # longer than Daphne's patience
    wsgi, channels = found(path, *slow)["deployments"].values()
    assert wsgi["served"] == 1
    assert channels["failed"] == {"503": 1}
    assert [channels[key] for key in ("mean", "p50", "p95", "p99")] == [None] * 4
    status, out, _ = said("compare", path, *slow)
    assert status == 0
    assert next(line for line in out.splitlines() if line.startswith("p99")).split()[2] == "–"


def test_a_packed_log_is_the_same(log: Path, found: Callable[..., Any]) -> None:
    packed = log.with_name("access.log.gz")
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert found(packed)["deployments"] == found(log)["deployments"]


def test_the_seed_decides(log: Path, found: Callable[..., Any]) -> None:
    assert found(log, "--seed", 3) == found(log, "--seed", 3)
    assert found(log, "--seed", -3)["deployments"] != found(log, "--seed", 3)["deployments"]


def test_the_spread_is_said(tmp_path: Path, said: Said, found: Callable[..., Any]) -> None:
    path = tmp_path / "access.log"
    path.write_text(lines(0) * 9, encoding="ascii")
    _, out, _ = said("compare", path, "--spread", "random", "--seed", 7)
    assert "placed at random (seed 7) within it" in " ".join(out.split())
    options = cli.build_parser().parse_args(["compare", str(path), "--spread", "random", "--seed", "7"])
    assert command.read(options) == read_access_log(path, spread="random", seed=7) != read_access_log(path)
    even, random = found(path), found(path, "--spread", "random")
    assert (even["settings"]["spread"], random["settings"]["spread"]) == ("even", "random")
    assert even["deployments"] != random["deployments"]


def test_a_faster_log_is_shorter(tmp_path: Path, found: Callable[..., Any]) -> None:
    path = tmp_path / "access.log"
    path.write_text(lines(0, 200), encoding="ascii")
    for speedup, seconds in ((1, 200), (4, 50), (0.5, 400)):
        for each in found(path, "--speedup", speedup, "--service", "constant:50")["deployments"].values():
            assert seconds < each["seconds"] < seconds + 0.2


def test_the_json_and_what_help_says_of_it(log: Path, said: Said, found: Callable[..., Any]) -> None:
    data = found(log, "--service", "lognormal:80,0.5", "--workers", 2)
    assert list(data) == ["log", "settings", "deployments"]
    assert data["settings"] == {
        "speedup": 1.0,
        "spread": "even",
        "seed": 1,
        "workers": 2,
        "backlog": 2048,
        "capacity": 100,
        "service": "lognormal, mean 80 ms, sigma 0.5",
        "service_mean": 0.08,
        "cores": 4,
    }
    status, text, _ = said("compare", "--help")
    assert status == 0
    words = set(text.replace(",", " ").split())
    for name, part in (("log", data["log"]), ("settings", data["settings"]), *data["deployments"].items()):
        assert {name, *part} <= words, name


# Figures.


@pytest.mark.parametrize(("name", "begins"), [("out.svg", b"<svg"), ("out.png", b"\x89PNG")])
def test_a_figure_is_written(log: Path, said: Said, name: str, begins: bytes) -> None:
    figure = log.with_name(name)
    figure.write_text("what was here before")
    status, _, err = said("compare", log, "--figure", figure)
    assert (status, err) == (0, "")
    data = figure.read_bytes()
    assert data.startswith(begins)
    if name.endswith(".svg"):
        for label in (b"WSGI (slide 7): 2 latencies", b"Channels (slide 16): 2 latencies"):
            assert label in data
    assert {path.name for path in log.parent.iterdir()} == {"access.log", name}


def test_what_was_there_stays_where_all_fails(log: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = log.with_name("out.svg")
    figure.write_text("what was here before")
    log.write_text("no line of a log")
    assert said("compare", log, "--figure", figure)[0] == 2

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    log.write_text(LINES)
    monkeypatch.setattr(command, "compare", stop)
    with pytest.raises(KeyboardInterrupt):
        cli.run(["compare", str(log), "--figure", str(figure)])
    assert figure.read_text() == "what was here before"
    assert {path.name for path in log.parent.iterdir()} == {"access.log", "out.svg"}


def test_a_link_is_followed(log: Path, said: Said) -> None:
    target, link = log.with_name("target.svg"), log.with_name("link.svg")
    link.symlink_to(target)
    assert said("compare", log, "--figure", link)[0] == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8").startswith("<svg")


def test_a_figure_is_tried_before_the_log_is_read(
    log: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "read", lambda options: pytest.fail("the log was read"))
    folder = log.with_name("folder.svg")
    folder.mkdir()
    for path, words in (
        (log.with_name("nowhere") / "out.svg", "No such file or directory"),
        (folder, "it is no file"),
        (log / "out.svg", "Not a directory"),
    ):
        status, out, err = said("compare", log, "--figure", path)
        assert (status, out) == (2, "")
        assert words in err
        assert str(path) in err
        assert err.count("\n") == 1


# What is refused.


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--speedup", "0"], "'0' is no number from 1e-9 to 1e9"),
        (["--speedup", "-1"], "'-1' is no number"),
        (["--speedup", "nan"], "'nan' is no number"),
        (["--speedup", "inf"], "'inf' is no number"),
        (["--speedup", "fast"], "'fast' is no number"),
        (["--service", "quick"], "'quick' is no duration"),
        (["--service", "-5"], "'-5' is no duration"),
        (["--service", "lognormal:50"], "'lognormal:50' is no duration"),
        (["--workers", "0"], "'0' is no whole number from 1 to 10000"),
        (["--workers", "2.5"], "'2.5' is no whole number"),
        (["--backlog", "-1"], "'-1' is no whole number from 0 to 1000000"),
        (["--capacity", "0"], "'0' is no whole number from 1 to 1000000000"),
        (["--seed", "x"], "'x' is no whole number"),
        (["--spread", "odd"], "'odd'"),
        (["--figure", "out.pdf"], "'out.pdf' does not end in .svg or .png"),
        (["--figure", "svg"], "'svg' does not end in"),
        (["--figure"], "--figure"),
        (["--speed", "5"], "'--speed' is not known"),
        (["another.log"], "'another.log' is not known"),
    ],
)
def test_wrong_options(log: Path, said: Said, words: list[str], reason: str) -> None:
    status, out, err = said("compare", log, *words)
    assert (status, out) == (2, "")
    assert reason in err
    assert err.startswith("chansim compare: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty"),
        ("one\ntwo\n", "holds no usable line among its 2"),
        (None, "does not exist"),
    ],
)
def test_logs_that_are_none(tmp_path: Path, said: Said, content: str | None, reason: str) -> None:
    path = tmp_path / "access.log"
    if content is not None:
        path.write_text(content)
    status, out, err = said("compare", path, "--json")
    assert (status, out) == (2, "")
    assert f"{str(path)!r} {reason}" in err
    assert err.count("\n") == 1


def test_a_log_too_slow_to_play_says_what_would_do(tmp_path: Path, said: Said) -> None:
    path = tmp_path / "access.log"
    path.write_text(lines(0, 3000), encoding="ascii")
    status, out, err = said("compare", path, "--speedup", "1e-9")
    assert (status, out) == (2, "")
    enough = float(err.split("--speedup of ")[1].split()[0])
    assert LONGEST * 0.9 < read_access_log(path, speedup=enough).moments[-1] <= LONGEST


@pytest.mark.parametrize("words", [[], ["nope"], ["--nope"]])
def test_no_command(said: Said, words: list[str]) -> None:
    status, out, err = said(*words)
    assert (status, out) == (2, "")
    assert err.startswith("chansim: ")
    assert err.count("\n") == 1


# Help, and progress.


def test_help_and_version(said: Said) -> None:
    assert said("--version") == (0, f"chansim {__version__}\n", "")
    status, out, _ = said("--help")
    assert status == 0
    assert "compare" in out
    status, out, _ = said("compare", "--help")
    assert status == 0
    assert "python -m chansim compare access.log.gz --speedup 600" in out


def test_progress_is_shown_to_whoever_waits(log: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tqdm", reason="tqdm, which draws the progress, is not installed")
    plain = said("compare", log)
    assert said("compare", log, "--progress") == plain  # it takes no two seconds
    monkeypatch.setattr(output, "PATIENCE", 0)
    assert said("compare", log) == plain  # stderr is no terminal
    status, out, err = said("compare", log, "--progress")
    assert (status, out) == plain[:2]
    assert "reading" in err
    assert "simulating" in err
    assert "/4 " in err  # two requests, two deployments
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert "simulating" in said("compare", log)[2]
    assert said("compare", log, "--no-progress") == plain


def test_arrivals_are_told_as_they_happen() -> None:
    told: list[int] = []
    moments = command.Told((0.0, 2.5), "a list", tell=told.append).moments(Random())
    assert (next(moments), told) == (0.0, [])
    assert (next(moments), told) == (2.5, [1])
    assert (list(moments), told) == ([], [1, 1])


# How it ends, as a process of its own.


def process(*argv: object, stdout: Any = subprocess.PIPE, **environ: str) -> Any:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | environ
    command = [*COMMAND, *map(str, argv)]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=env, timeout=120)


def test_as_a_process(log: Path, said: Said) -> None:
    ended = process("compare", log)
    assert (ended.returncode, ended.stdout, ended.stderr) == said("compare", log)
    ended = process("compare", log, "--workers", "x")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "'x' is no whole number" in ended.stderr


@pytest.mark.parametrize("argv", [["compare", "LOG"], ["compare", "--help"]])
def test_nobody_reads_on(log: Path, argv: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    ended = process(*(log if word == "LOG" else word for word in argv), stdout=write)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk(log: Path) -> None:
    with open("/dev/full", "w") as full:
        ended = process("compare", log, stdout=full)
    assert (ended.returncode, ended.stderr) == (
        1,
        "chansim: the output cannot be written: No space left on device\n",
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_stopped_by_the_keyboard(tmp_path: Path) -> None:
    pipe, figure = tmp_path / "access.log", tmp_path / "out.svg"
    os.mkfifo(pipe)
    started = subprocess.Popen(
        [*COMMAND, "compare", str(pipe), "--figure", str(figure)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # whoever runs the tests in the background may have told their processes to ignore it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with open(pipe, "w"):  # opens when the other end does: then the log is being read
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=60)
    assert (started.returncode, out, err) == (130, "", "chansim: stopped\n")
    assert list(tmp_path.iterdir()) == [pipe]


def test_an_encoding_with_few_letters(tmp_path: Path) -> None:
    path = tmp_path / "zugriffe-ä.log"
    path.write_text(lines(0), encoding="ascii")
    for options in ([], ["--json"]):
        ended = process(
            *("compare", path, "--service", "constant:200000", *options), PYTHONIOENCODING="ascii"
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ("zugriffe-\\u00e4.log" if options else "zugriffe-?.log") in ended.stdout


def test_the_import_is_light() -> None:
    code = "import chansim.cli, sys; print({'numpy', 'matplotlib', 'tqdm', 'networkx'} & {*sys.modules})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"
