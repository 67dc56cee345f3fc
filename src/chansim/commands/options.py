"""Options: what a command may be told, and what is said of anything else."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

from chansim.duration import LONGEST, Duration, parse_duration


class Wrong(ValueError):
    """What was asked for cannot be done; the message says why, and what could be."""


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


def seconds(text: str) -> float:
    """How long a run is."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= LONGEST:
        raise ArgumentTypeError(f"{text!r} is no number of seconds above 0, up to {LONGEST:g}")
    return value


def host(text: str) -> str:
    """A name that a server may be called by, as in a Host header; ``*`` is any."""
    from chansim.live.door import name_of

    name = name_of(f"[{text}]" if ":" in text else text)
    if text != "*" and (name != text or text.split() != [text]):
        raise ArgumentTypeError(
            f"{text!r} is no name of a computer, such as chat.example or 192.168.1.20: in small letters, "
            "with neither http:// nor a port"
        )
    return text
