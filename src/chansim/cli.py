"""The command line: ``python -m chansim COMMAND``.

What may live here: commands, what they may be told, and what goes to stdout and stderr. What a command does
is done elsewhere. To add one: write a function that takes the subparsers, says what options there are and
which function runs them, and put it into ``COMMANDS``.

The exit status is 0; 1 where the output cannot be written; 2 for a wrong option or file, which one sentence
on stderr names; 130 when stopped by Ctrl-C; 141 when nobody reads the output any more.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from argparse import (
    ArgumentParser,
    ArgumentTypeError,
    BooleanOptionalAction,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from textwrap import fill
from typing import Any, NoReturn

import chansim
from chansim.access_log import AccessLog, AccessLogError, read_access_log
from chansim.compare import Comparison, compare
from chansim.deployments import slide07, slide16
from chansim.duration import LONGEST, Duration, parse_duration
from chansim.layer.eras import JUNE_2016
from chansim.model.arrivals import Recorded

WIDTH = 80
PATIENCE = 2.0
"""Seconds that something takes before its progress is shown."""

CORES = 4
"""Of the machine that either deployment runs on."""


class Wrong(ValueError):
    """What was asked for cannot be done; the message says why, and what could be."""


class Parser(ArgumentParser):
    """A parser that says what is wrong in one line."""

    def __init__(self, **about: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=RawDescriptionHelpFormatter, **about)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


# -- the command compare

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
        {"title": run.scenario.title, **_nulls(summary)}
        for run, summary in zip(comparison.runs, comparison.summaries, strict=True)
    )
    return {"log": about, "settings": settings, "deployments": {"wsgi": wsgi, "channels": channels}}


def _nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """NaN, which JSON has not, as null."""
    return {key: None if value != value else value for key, value in values.items()}


# -- what an option may be


def whole(low: int | None = None, high: int | None = None) -> Callable[[str], int]:
    """A whole number from *low* to *high*."""
    reach = "" if low is None else f" from {low} to {high}"

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or (low is not None and value < low) or (high is not None and value > high):
            raise ArgumentTypeError(f"{text!r} is no whole number{reach}")
        return value

    return number


def speedup(text: str) -> float:
    """A factor that read_access_log takes."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 1e-9 <= value <= 1e9:
        raise ArgumentTypeError(f"{text!r} is no number from 1e-9 to 1e9, such as 60")
    return value


def law(text: str) -> Duration:
    """A law of durations."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def picture(text: str) -> Path:
    """The path of a figure."""
    if Path(text).suffix not in (".svg", ".png"):
        raise ArgumentTypeError(f"{text!r} does not end in .svg or .png, the figures there are")
    return Path(text)


# -- output


@contextmanager
def whole_file(path: Path | None) -> Iterator[Path | None]:
    """A draft beside *path* that takes its place if all goes well, and else is gone: no file is half written.

    Raises Wrong, before anything else is done, where no file can be written there.
    """
    if path is None:
        yield None
        return
    target = Path(os.path.realpath(path))  # what a link points to is written, not the link
    draft = target.with_name(f".chansim-{os.getpid()}{target.suffix}")
    try:
        if target.exists() and not target.is_file():
            raise OSError("it is no file")
        if target.exists() and not os.access(target, os.W_OK):
            raise OSError("it may not be changed")
        draft.open("xb").close()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Wrong(f"--figure {str(path)!r} cannot be written: {why}; give another folder or name") from None
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def progress(options: Namespace, **about: Any) -> Iterator[Callable[[int], object] | None]:
    """What to tell how much more is done; None where nobody looks."""
    wanted = options.progress
    if wanted is None:
        wanted = sys.stderr is not None and sys.stderr.isatty()
    if not wanted:
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(delay=PATIENCE, leave=False, file=sys.stderr, **about) as bar:
        yield bar.update


# -- all of it

COMMANDS: Sequence[Callable[[Any], None]] = (add_compare,)


def build_parser() -> Parser:
    """The parser of the whole command line."""
    parser = Parser(prog="chansim", description="Django Channels and WSGI on a bench.")
    parser.add_argument("--version", action="version", version=f"chansim {chansim.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    for add in COMMANDS:
        add(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that *argv*, or the command line, says; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a "–" must not end the program where the encoding has none
    try:
        status = run(argv)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("chansim: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        write_no_more()
        return 141  # as a program that SIGPIPE ends
    except OSError as error:
        write_no_more()
        print(f"chansim: the output cannot be written: {error.strerror or error}", file=sys.stderr)
        return 1


def run(argv: Sequence[str] | None) -> int:
    """The same, with the outer world in order."""
    try:
        options, unknown = build_parser().parse_known_args(argv)
        if unknown:
            options.parser.error(f"argument {unknown[0]!r} is not known")
        try:
            options.run(options)
        except (AccessLogError, Wrong) as error:
            options.parser.exit(2, f"{options.parser.prog}: {error}\n")
    except SystemExit as end:  # argparse's way
        return end.code if isinstance(end.code, int) else 0
    return 0


def write_no_more() -> None:
    """Let what is still unwritten go nowhere: Python would try it again at its exit, and complain."""
    with suppress(OSError, AttributeError):  # where it is no real file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
