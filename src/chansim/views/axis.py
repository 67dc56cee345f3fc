"""Axis: round numbers along a line.

What may live here: choosing ticks and writing their labels.
"""

from __future__ import annotations

import math


def ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers from *low* to *high*, some *about* many: multiples of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_label(value: float, step: float) -> str:
    """*value* with as many decimals as *step*, the distance between two ticks, needs."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", "−")
