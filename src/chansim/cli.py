"""The command line: ``python -m chansim COMMAND``.

What may live here: the parser of all commands, how a command is run, and how the program ends. The commands
themselves are files in ``commands/``.

The exit status is 0; 1 where the output cannot be written; 2 for a wrong option or file, which one sentence
on stderr names; 130 when stopped by Ctrl-C; 141 when nobody reads the output any more.
"""

from __future__ import annotations

import io
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import chansim
from chansim.access_log import AccessLogError
from chansim.commands.compare import add_compare
from chansim.commands.course import add_course
from chansim.commands.demo import add_demo
from chansim.commands.export import add_export
from chansim.commands.lecture import add_lecture
from chansim.commands.options import Wrong
from chansim.commands.run import add_run
from chansim.commands.serve import add_serve
from chansim.scenario import ScenarioError


class Parser(ArgumentParser):
    """A parser that says what is wrong in one line."""

    def __init__(self, **about: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=RawDescriptionHelpFormatter, **about)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


COMMANDS: Sequence[Callable[[Any], None]] = (
    add_compare,
    add_course,
    add_demo,
    add_export,
    add_lecture,
    add_run,
    add_serve,
)


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
        except (AccessLogError, ScenarioError, Wrong) as error:
            options.parser.exit(2, f"{options.parser.prog}: {error}\n")
    except SystemExit as end:  # argparse's way
        return end.code if isinstance(end.code, int) else 0
    return 0


def write_no_more() -> None:
    """Let what is still unwritten go nowhere: Python would try it again at its exit, and complain."""
    with suppress(OSError, AttributeError):  # where it is no real file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
