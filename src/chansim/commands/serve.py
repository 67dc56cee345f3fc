"""The command serve: execute a scenario on several machines, or one machine's share of it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from chansim.commands.options import host, seconds, whole
from chansim.scenario import Scenario

SERVE = """\
Execute the scenario that a file describes for real, each of its machines as a
process of its own, with a channel layer on Redis that they share.

Without --machine: the part outside, with the clients. It starts a process for
each machine, but for those that are --away, and prints what came of the run.
With --machine: that machine's servers and workers, on this computer.
"""

EXAMPLE = """\
example, on one computer:
  python -m chansim serve scenario.toml --layer redis://localhost:6379 --seconds 10
and on two, which both reach the Redis server "shared":
  one$ python -m chansim serve scenario.toml --layer redis://shared:6379 --away m2 --listen 192.168.0.1
  two$ python -m chansim serve scenario.toml --layer redis://shared:6379 --machine m2
With --over sockets the first, and with --listen 192.168.0.2 --port 8000 the second, m2's servers are real ones:
browsers reach them at http://192.168.0.2:8000. docs/two-hosts.md has it all.

Whoever may write to the Redis server may take part: keep it where strangers do not reach it.
"""


def add_serve(commands: Any) -> None:
    """``chansim serve FILE --layer URL``."""
    parser = commands.add_parser(
        "serve", help="execute a scenario on several machines", description=SERVE, epilog=EXAMPLE
    )
    parser.set_defaults(run=run_serve, parser=parser)
    add = parser.add_argument
    add("file", metavar="FILE", help="a scenario, in TOML; it calls applications by their names")
    add(
        "--layer",
        metavar="URL",
        action="append",
        required=True,
        help="a Redis server; several share the work",
    )
    add("--machine", metavar="NAME", help="serve this machine's share only")
    add("--away", metavar="NAME", action="append", default=[], help="a machine that is served elsewhere")
    add(
        "--over",
        metavar="HOW",
        choices=("threads", "sockets"),
        default="threads",
        help="how clients and servers meet: threads (the default), or sockets, with real servers",
    )
    add(
        "--listen",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="of this computer: where machines call; with --machine, where its servers are (default 127.0.0.1)",
    )
    add(
        "--port",
        metavar="N",
        type=whole(0, 65535),
        default=0,
        help="with --machine: of its first server, the next has the next (default: free ones)",
    )
    add(
        "--host",
        metavar="NAME",
        type=host,
        action="append",
        default=[],
        help="with --machine: another name that its servers may be called by; repeatable",
    )
    add(
        "--at",
        metavar="ADDRESS",
        help="with --machine: where the process outside listens, if not where it says",
    )
    add("--prefix", metavar="TEXT", default="chansim:", help="of all keys in Redis (default chansim:)")
    add("--seed", metavar="N", type=whole(), default=1, help="of all random numbers (default 1)")
    add("--seconds", metavar="S", type=seconds, help="how long (default: as long as the file says)")


def run_serve(options: Namespace) -> None:
    """Load, and take part."""
    scenario = Scenario.load(options.file)
    if options.machine:
        from chansim.live.inside import serve

        serve(
            scenario,
            options.machine,
            options.layer,
            options.prefix,
            options.at,
            options.listen,
            options.port,
            options.host,
        )
        return
    from chansim.live.outside import world_on
    from chansim.scenario import check_run

    length = check_run("execute", scenario, options.seed, options.seconds)
    world = world_on(
        options.layer,
        scenario,
        options.seed,
        options.away,
        options.listen,
        options.prefix,
        options.over,
    )
    print(world.run(length))
