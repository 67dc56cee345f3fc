"""The command lecture: the talk's own run, as one HTML file to open on the projector."""

from __future__ import annotations

import webbrowser
from argparse import ArgumentTypeError, BooleanOptionalAction, Namespace
from pathlib import Path
from typing import Any

from chansim.commands.options import Wrong
from chansim.commands.output import progress, whole_file

LECTURE = """\
Write the lecture: eight steps in 25 minutes, from one request and one response to
three machines and their layers, each with a question to the room. One HTML file,
which needs no kernel and no network. It makes every run first: a minute or two.
"""

KEYS = """\
keys, in the page:
  → ←     next step, and back       p  prediction: type in how many hands went up
  space   play the messages         r  reveal: turn the knob, and say which was right
  b       the B-side                f  the next fault
"""


def add_lecture(commands: Any) -> None:
    """``chansim lecture``."""
    parser = commands.add_parser(
        "lecture", help="write the lecture as one HTML file", description=LECTURE, epilog=KEYS
    )
    parser.set_defaults(run=run_lecture, parser=parser)
    add = parser.add_argument
    add("file", metavar="FILE", nargs="?", type=page, default=Path("lecture.html"),
        help="where to, a name that ends in .html (default lecture.html)")  # fmt: skip
    add("--picture", metavar="SLIDE=FILE", action="append", type=picture, default=[],
        help="a picture of yours for slide 9 or 11, whose own is not in the talk's text")  # fmt: skip
    add("--open", action="store_true", help="open it in the browser then")
    add("--progress", action=BooleanOptionalAction,
        help="show how far it is, on stderr (by default on a terminal)")  # fmt: skip


def page(text: str) -> Path:
    """The path of a page."""
    if Path(text).suffix.lower() not in (".html", ".htm"):
        raise ArgumentTypeError(f"{text!r} does not end in .html")
    return Path(text)


def picture(text: str) -> tuple[int, str]:
    """A slide and a file."""
    slide, equals, path = text.partition("=")
    if not equals or not slide.isdigit() or not path:
        raise ArgumentTypeError(f"{text!r} is not SLIDE=FILE, such as 9=diagram.png")
    return int(slide), path


def run_lecture(options: Namespace) -> None:
    """Make the scenes and write the file; that it can be written is tried first."""
    from chansim.lecture import SCRIPT, Talk
    from chansim.lecture.page import page_of

    try:
        talk = Talk(SCRIPT, dict(options.picture))
    except ValueError as error:
        raise Wrong(str(error)) from None
    scenes = len(list(talk.all_scenes()))
    with whole_file(options.file, "the file") as draft:
        assert draft is not None
        with progress(options, desc="making the scenes", total=scenes, unit=" scenes") as tell:
            page_of(talk, draft, tell)
    print(f"{options.file}: {options.file.stat().st_size / 1e6:.1f} MB, {len(talk.script)} steps")
    if options.open:
        webbrowser.open(options.file.resolve().as_uri())
