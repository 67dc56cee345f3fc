"""The command export: a scenario as a project that other software runs."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from chansim.commands.options import Wrong
from chansim.scenario import Scenario

EXPORT = "Write a scenario as something that other software runs."

CHANNELS4 = """\
Write a small project for Channels 4: the talk's chat (slides 24 to 26) as one
writes it today, on a channel layer with the scenario's numbers. Comments in it
say what changed since 2016. What the scenario has besides the chat is left
out, and stderr says so, a line for each.
"""

EXAMPLE = """\
example:
  python -m chansim export channels4 docs/scenario.toml ~/chat
  cd ~/chat; python -m pip install -r requirements.txt
  daphne -b 127.0.0.1 -p 8000 chat.asgi:application
"""


def add_export(commands: Any) -> None:
    """``chansim export channels4 SCENARIO DIR``."""
    parser = commands.add_parser("export", help="a scenario as a project of today", description=EXPORT)
    inner = parser.add_subparsers(metavar="WHAT", required=True, title="what")
    channels4 = inner.add_parser(
        "channels4", help="the talk's chat for Channels 4", description=CHANNELS4, epilog=EXAMPLE
    )
    channels4.set_defaults(run=run_channels4, parser=channels4)
    channels4.add_argument("file", metavar="SCENARIO", help="a scenario, in TOML")
    channels4.add_argument("folder", metavar="DIR", type=Path, help="where to; it must be new or empty")


def run_channels4(options: Namespace) -> None:
    """Load, write, and say what is not in it."""
    from chansim.export.channels4 import project
    from chansim.export.folder import FolderError, write

    made = project(Scenario.load(options.file))
    try:
        write(made.files, options.folder)
    except FolderError as error:
        raise Wrong(str(error)) from None
    for sentence in made.left_out:
        print(f"left out: {sentence}", file=sys.stderr)
    print(f"{options.folder}: the talk's chat for Channels 4; its README.md says how to start it")
