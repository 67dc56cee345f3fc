"""The command run: simulate the scenario of a file."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from chansim.commands.options import seconds, whole
from chansim.commands.output import nulls
from chansim.engine import simulate
from chansim.scenario import Scenario

RUN = """\
Simulate the scenario that a file describes, in TOML, and print what came of it.
Scenario.save writes such a file; docs/scenario.toml is one written by hand.
"""

EXAMPLE = """\
example:
  python -m chansim run docs/scenario.toml --seed 7 --seconds 30

what --json prints: an object with the title, the seed, and the keys of the
summary: requests, served, failed (by cause), waiting, lost (messages, by
cause), deliveries, mean, p50, p95, p99, throughput, utilisation, seconds; and
problems, what the application raised, with how often. Times are seconds,
shares are fractions; null is "no data".
"""


def add_run(commands: Any) -> None:
    """``chansim run FILE``."""
    parser = commands.add_parser(
        "run", help="simulate the scenario of a file", description=RUN, epilog=EXAMPLE
    )
    parser.set_defaults(run=run_run, parser=parser)
    add = parser.add_argument
    add("file", metavar="FILE", help="a scenario, in TOML")
    add("--seed", metavar="N", type=whole(), default=1, help="of all random numbers (default 1)")
    add("--seconds", metavar="S", type=seconds, help="how long (default: as long as the file says)")
    add("--json", action="store_true", help="print JSON, and nothing else")


def run_run(options: Namespace) -> None:
    """Load, simulate, print."""
    run = simulate(Scenario.load(options.file), options.seed, options.seconds)
    if options.json:
        about = {"title": run.scenario.title, "seed": run.seed}
        found = {**about, **nulls(run.summary()), "problems": dict(run.problems)}
        print(json.dumps(found, indent=2, allow_nan=False))
    else:
        print(run)
