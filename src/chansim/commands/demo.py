"""The command demo: the talk's chat, live on this machine."""

from __future__ import annotations

import threading
from argparse import Namespace
from typing import Any

from chansim.commands.options import Wrong, host, seconds, whole

DEMO = """\
Start the chat of slides 23 to 27 for real browsers: an interface server under uvicorn, a channel layer, workers, and
beside them a small stand-in for Slack with the bot that carries what is said there and back. Open the page in two
tabs, type in one, and see it in both; the page draws the way that your message went. Ctrl-C ends it.
"""

EXAMPLE = """\
examples:
  python -m chansim demo
  python -m chansim demo --port 8000
  python -m chansim demo --address 192.168.1.20    whoever reaches this machine there can read and write

It needs the extra "live": pip install "chansim[live]".
"""


def add_demo(commands: Any) -> None:
    """``chansim demo``."""
    parser = commands.add_parser("demo", help="the talk's chat, live", description=DEMO, epilog=EXAMPLE)
    parser.set_defaults(run=run_demo, parser=parser)
    add = parser.add_argument
    add(
        "--port",
        metavar="N",
        type=whole(0, 65535),
        default=8000,
        help="of the page (default 8000; 0: a free one)",
    )
    add("--address", metavar="A", default="127.0.0.1", help="where to listen (default: this machine only)")
    add(
        "--host",
        metavar="NAME",
        type=host,
        action="append",
        default=[],
        help="another name that it may be called by; repeatable",
    )
    add("--workers", metavar="N", type=whole(1, 100), default=3, help="how many (default 3)")
    add("--seconds", metavar="S", type=seconds, help="end it after so long (default: at Ctrl-C)")


def run_demo(options: Namespace) -> None:
    """Start it, say where it is, and wait."""
    try:
        from chansim.live.demo import start
        from chansim.live.door import LOOPBACK
        from chansim.live.hosting import NotStarted
    except ImportError as error:
        raise Wrong(
            f'{error.name} is not installed; the demo needs it: pip install "chansim[live]"'
        ) from None
    hosts = (*LOOPBACK, *options.host)
    try:
        demo = start(workers=options.workers, port=options.port, address=options.address, hosts=hosts)
    except NotStarted as error:
        raise Wrong(str(error)) from None
    try:
        print(f"The chat: {demo.url}  (open it in two tabs)", flush=True)
        print(f"Slack:    {demo.slack_url}", flush=True)
        print("Ctrl-C ends it.", flush=True)
        if options.address not in LOOPBACK:
            print("Whoever reaches this machine at that address can read and write.", flush=True)
        threading.Event().wait(options.seconds)
    finally:
        demo.stop()
