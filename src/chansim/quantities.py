"""Quantities: numbers with units as people write them, in labels and sentences.

What may live here: how a number is written, without exponents, and a length of time in its unit. Nothing here knows
what is counted.
"""

from __future__ import annotations

import math


def plain(value: float, digits: int = 6) -> str:
    """*value* to so many significant *digits*, without an exponent and without zeros at the end.

    >>> plain(50.0), plain(0.1), plain(1e6), plain(1e-05), plain(12345.678, 4), plain(float("nan"))
    ('50', '0.1', '1,000,000', '0.00001', '12,350', 'no data')
    """
    if not math.isfinite(value):
        return "no data" if math.isnan(value) else ("−∞" if value < 0 else "∞")
    text = f"{value:.{digits}g}"
    rounded = float(text)
    if "e" in text or abs(rounded) >= 10_000:  # a number of four digits is read without a comma
        places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
        text = f"{rounded:,.{places}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text


def lasting(seconds: float, digits: int = 6) -> str:
    """A length of time: "1.5 s", "50 ms", "0.01 ms"; in seconds from one on.

    >>> lasting(1.5), lasting(0.05), lasting(1e-05), lasting(0)
    ('1.5 s', '50 ms', '0.01 ms', '0 ms')
    """
    return f"{plain(seconds, digits)} s" if seconds >= 1 else f"{plain(1000 * seconds, digits)} ms"
