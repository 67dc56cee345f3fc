"""Quantities: numbers with units as people write them, in labels and sentences.

What may live here: how a number is written, without exponents, and a length of time in its unit. Nothing here knows
what is counted.
"""

from __future__ import annotations

import math
from decimal import Decimal


def plain(value: float, digits: int = 6) -> str:
    """*value* to so many significant *digits*, without an exponent and without zeros at the end.

    >>> plain(50.0), plain(0.1), plain(1e6), plain(1e-05), plain(12345.678, 4), plain(float("nan"))
    ('50', '0.1', '1,000,000', '0.00001', '12,350', 'no data')
    """
    if not math.isfinite(value):
        return "no data" if math.isnan(value) else ("−∞" if value < 0 else "∞")
    number = Decimal(f"{value:.{digits}g}")
    return f"{number:,f}" if abs(number) >= 10_000 else f"{number:f}"  # four digits are read without a comma


def lasting(seconds: float, digits: int = 6) -> str:
    """A length of time: "1.5 s", "50 ms", "0.01 ms"; in seconds from one on.

    >>> lasting(1.5), lasting(0.05), lasting(1e-05), lasting(0)
    ('1.5 s', '50 ms', '0.01 ms', '0 ms')
    """
    return f"{plain(seconds, digits)} s" if seconds >= 1 else f"{plain(1000 * seconds, digits)} ms"
