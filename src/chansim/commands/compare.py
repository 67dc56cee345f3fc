"""The command compare: an access log through a WSGI server and through Channels, side by side."""

from __future__ import annotations

import json
import os
from argparse import BooleanOptionalAction, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from textwrap import fill
from typing import Any

from chansim.access_log import AccessLog, read_access_log
from chansim.commands.options import Wrong, law, picture, speedup, whole
from chansim.commands.output import nulls, progress, whole_file
from chansim.compare import Comparison, compare
from chansim.deployments import slide07, slide16
from chansim.duration import LONGEST
from chansim.layer.eras import JUNE_2016
from chansim.model.arrivals import Recorded

WIDTH = 80

CORES = 4
"""Of the machine that either deployment runs on."""

COMPARE = """\
Replay a web server's access log twice: through a WSGI server (slide 7 of the
talk) and through Django Channels (slide 16), with the same resources, and print
how long the clients waited, side by side. Only the moments of the requests are
taken from the log; how long the site takes for each is up to --service.
"""

EXAMPLE = """\
example:
  python -m chansim compare access.log.gz --speedup 600 --service 50 --workers 4

what --json prints: an object of three.
  log          source, requests, lines, malformed, first_malformed (a line's
               number, or null), first, last (moments in UTC)
  settings     speedup, spread, seed, service (in words), service_mean,
               workers, cores, backlog, capacity
  deployments  wsgi and channels, each with title, requests, served, failed (by
               cause), waiting, lost (messages, by cause), deliveries, mean, p50,
               p95, p99, throughput, utilisation, seconds
Times are seconds, shares are fractions; null is "no data".
"""


def add_compare(commands: Any) -> None:
    """``chansim compare LOG``."""
    parser = commands.add_parser(
        "compare",
        help="replay an access log through WSGI and through Channels",
        description=COMPARE,
        epilog=EXAMPLE,
    )
    parser.set_defaults(run=run_compare, parser=parser)
    add = parser.add_argument
    add("log", metavar="LOG", help="access log in Common or Combined format, plain or gzip")
    add("--speedup", metavar="X", type=speedup, default=1.0, help="play it X times as fast (default 1)")
    add(
        "--service",
        metavar="LAW",
        type=law,
        default="50",
        help="what the site waits for each request, for a database say: milliseconds, the mean of an "
        "exponential law (default 50), or constant:50, lognormal:50,1.0 (mean, sigma), "
        "two-point:20,620,0.05 (usual, rare, share of the rare)",
    )
    add("--workers", metavar="N", type=whole(1, 10_000), default=4, help="of either deployment (default 4)")
    add(
        "--backlog",
        metavar="N",
        type=whole(0, 1_000_000),
        default=2048,
        help="requests that may wait at the WSGI server (default 2048)",
    )
    add(
        "--capacity",
        metavar="N",
        type=whole(1, 10**9),
        default=100,
        help="messages that a channel holds (default 100)",
    )
    add("--seed", metavar="N", type=whole(), default=1, help="of all random numbers (default 1)")
    add(
        "--spread",
        choices=("even", "random"),
        default="even",
        help="how the requests of one second are spread within it (default even)",
    )
    add("--figure", metavar="FILE", type=picture, help="draw all latencies into this file, .svg or .png")
    add("--json", action="store_true", help="print JSON, and nothing else")
    add(
        "--progress",
        action=BooleanOptionalAction,
        help="show how far it is, on stderr (by default on a terminal)",
    )


def run_compare(options: Namespace) -> None:
    """Read, simulate, print, draw; the figure's file is tried first."""
    with whole_file(options.figure) as draft:
        log = read(options)
        comparison = replay(log, options)
        if options.json:
            print(json.dumps(as_json(log, comparison, options), indent=2, allow_nan=False))
        else:
            print(as_text(log, comparison, options))
        if draft is not None:
            comparison.figure().save(draft)


def read(options: Namespace) -> AccessLog:
    """The log, if it can be played."""
    try:
        size = os.path.getsize(options.log)
    except (OSError, ValueError):
        size = 0  # read_access_log says it better
    with progress(options, desc="reading", total=size or None, unit="B", unit_scale=True) as tell:
        log = read_access_log(
            options.log, spread=options.spread, speedup=options.speedup, seed=options.seed, progress=tell
        )
    lasts = log.moments[-1]
    if lasts > LONGEST:
        enough = options.speedup * lasts / LONGEST * 1.01  # so that three digits of it are enough, too
        raise Wrong(
            f"at --speedup {options.speedup:g} this log lasts {lasts:.3g} s, and {LONGEST:g} s are the most "
            f"that can be played; give a --speedup of {enough:.3g} or more"
        )
    return log


def replay(log: AccessLog, options: Namespace) -> Comparison:
    """Both deployments, with all that they share."""
    moments = tuple(log.moments)
    with progress(options, desc="simulating", total=2 * len(moments), unit=" requests") as tell:
        arrivals = Recorded(moments, log.source) if tell is None else Told(moments, log.source, tell=tell)
        same: dict[str, Any] = {
            "arrivals": arrivals,
            "service": options.service,
            "workers": options.workers,
            "cores": CORES,
            "seconds": None,
        }
        return compare(
            slide07(backlog=options.backlog, **same),
            slide16(capacity=options.capacity, **same),
            seed=options.seed,
            labels=("WSGI (slide 7)", "Channels (slide 16)"),
        )


@dataclass(frozen=True, kw_only=True)
class Told(Recorded):
    """Arrivals from a record that are told, one by one, as they happen."""

    tell: Callable[[int], object]

    def moments(self, random: Random) -> Iterator[float]:
        for moment in self.at:
            yield moment
            self.tell(1)


def as_text(log: AccessLog, comparison: Comparison, options: Namespace) -> str:
    """The report."""
    spread = "at equal distances" if log.spread == "even" else f"at random (seed {options.seed})"
    paragraphs = (
        f"{log}",
        f"At speedup {options.speedup:g} it lasts {log.moments[-1]:.6g} s. A log counts whole seconds: the "
        f"requests of one second are placed {spread} within it.",
        f"Equal for both: the requests and their moments; the time that the site waits for each request "
        f"({options.service}; seed {options.seed}); {options.workers} workers, each taken by one request at "
        f"a time; one machine of {CORES} cores. Channels has its interface server and its layer on the same "
        f"machine, beside the workers.",
        f"Not equal: the WSGI server lets {options.backlog} requests wait and refuses more (backlog full); a "
        f"channel holds {options.capacity} messages, the client of one more is told 503 (full), and a "
        f"message that waits {JUNE_2016.expiry:g} s is dropped (expired).",
        "Latencies (mean to p99) are those of the requests served. Utilisation is the share of the time, up "
        "to the last answer, that the workers were taken.",
    )
    return "\n\n".join([*(fill(text, WIDTH) for text in paragraphs), str(comparison)])


def as_json(log: AccessLog, comparison: Comparison, options: Namespace) -> dict[str, Any]:
    """What ``--json`` prints; ``--help`` says what its keys are."""
    about = {name: getattr(log, name) for name in ("source", "lines", "malformed", "first_malformed")}
    about |= {"requests": len(log.moments), "first": log.first.isoformat(), "last": log.last.isoformat()}
    names = ("speedup", "spread", "seed", "workers", "backlog", "capacity")
    settings = {name: getattr(options, name) for name in names}
    settings |= {"service": str(options.service), "service_mean": options.service.mean, "cores": CORES}
    wsgi, channels = (
        {"title": run.scenario.title, **nulls(summary)}
        for run, summary in zip(comparison.runs, comparison.summaries, strict=True)
    )
    return {"log": about, "settings": settings, "deployments": {"wsgi": wsgi, "channels": channels}}
