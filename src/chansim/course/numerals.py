"""Numerals: numbers that learners gave, read with care, and written alike on every machine."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from chansim.summary import figures


def number_in(value: Any) -> float | None:
    """*value* as a float, where it is one number (True and False are not); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        return float(value)
    except (ArithmeticError, ValueError, TypeError):
        return None


def written(value: float, unit: str = "") -> str:
    """*value* to three significant digits, and its *unit*. Seconds below one are written as milliseconds."""
    if math.isinf(value):
        return "infinity" if value > 0 else "minus infinity"
    if math.isnan(value):
        return "NaN, which is no number"
    if unit == "s" and 0 < abs(value) < 1:
        value, unit = 1000 * value, "ms"
    digits = figures(value)
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits} {unit}".rstrip()


def described(value: Any) -> str:
    """What a value that is no number is, in words: "None", "text", "a list"."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if callable(value):
        return "a function: call it, and give what it returns"
    words = {str: "text", list: "a list", tuple: "a tuple", dict: "a dict", complex: "a complex number"}
    return words.get(type(value), f"an object of type {type(value).__name__}")


def name_of(function: Any) -> str:
    """What a function or class is called."""
    try:
        name = getattr(function, "__name__", None)
    except Exception:
        name = None
    return name if isinstance(name, str) else "your function"


def raised(error: BaseException) -> str:
    """An error as Python would say it on its last line."""
    try:
        text = str(error)
    except Exception:  # whose error cannot even be said
        text = ""
    return f"{type(error).__name__}: {text}".rstrip(".") if text else type(error).__name__
