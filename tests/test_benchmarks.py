"""The benchmarks compare like with like. No time is measured here."""

import asyncio
import runpy
import statistics
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from chansim import simulate

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
ENGINE = runpy.run_path(str(BENCHMARKS / "engine.py"))
BEGIN = "import runpy, sys; sys.path[0] = sys.argv[1]; runpy.run_path(sys.argv[2])"


@pytest.mark.parametrize("name", sorted(path.name for path in BENCHMARKS.glob("*.py")))
def test_each_finds_what_it_takes_from_chansim_and_the_tests(name):
    """They are run by hand, so nothing else would tell that a name has changed."""
    begin = [sys.executable, "-c", BEGIN, str(BENCHMARKS), str(BENCHMARKS / name)]
    begun = subprocess.run(begin, capture_output=True, text=True, timeout=60)
    assert begun.returncode == 0, begun.stderr


def test_the_plain_model_and_chansim_run_the_same_system():
    """10,000 requests each at a utilisation of 0.75, where a mean's standard error is about 2 %: so theirs
    differ by less than four of these. And none is quicker than the stations and ways without any waiting.
    """
    scenario = ENGINE["same_system"]().with_(seconds=100.0)
    plain = statistics.fmean(ENGINE["plain_simpy"](10_000, seed=1))
    ours = simulate(scenario, seed=1).summary()["mean"]
    assert ours == pytest.approx(plain, rel=0.08)
    least = 2 * ENGINE["OUTSIDE"] + 2 * ENGINE["CPU"] + ENGINE["SERVICE"]
    assert min(plain, ours) > least


def test_a_request_is_fourteen_rows_of_at_most_forty_bytes():
    run = simulate(ENGINE["same_system"]().with_(seconds=20.0))
    served = run.summary()["served"]
    assert len(run.trace) / served == pytest.approx(14, rel=0.02)
    assert run.trace.nbytes / len(run.trace) <= 40


LIVE = runpy.run_path(str(BENCHMARKS / "live.py"))


@pytest.mark.parametrize("name", ["chansim", "channels 4 async", "channels 4 sync"])
def test_every_live_server_does_the_same_work(name):
    """A request gets the same bytes; a line is told all of the room, once each."""
    with LIVE["running"](name) as (port, _):
        took = asyncio.run(LIVE["requests"](port, 2, 0.2))
        assert took
        assert httpx.get(f"http://127.0.0.1:{port}/hello", trust_env=False).content == LIVE["HELLO"]
        assert asyncio.run(LIVE["lines"](port, 0.2))
