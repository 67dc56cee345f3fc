"""Checked: what a view is given is looked at before it draws, so that a slip is answered in words.

What may live here: for each name of a parameter that views share what may stand there. It means the same in each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, ParamSpec, TypeVar

from chansim.selection import Selection

P = ParamSpec("P")
R = TypeVar("R")


class ViewError(TypeError, ValueError):
    """What was given to a view is not what it can show; the message says what would be."""


Rule = Callable[[Any], bool]


def _run(value: Any) -> bool:
    return all(hasattr(value, name) for name in ("scenario", "trace", "world"))


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _several(rule: Rule) -> Rule:
    def fits(value: Any) -> bool:
        if isinstance(value, str) or not isinstance(value, Iterable):
            return False
        return (
            all(map(rule, value)) if isinstance(value, Collection) else True
        )  # else looking would use it up

    return fits


def _or_none(rule: Rule) -> Rule:
    return lambda value: value is None or rule(value)


A_RUN = (_run, "a Run, such as simulate(scenario) gives")
SECONDS = (_or_none(_number), "a number of seconds")

RULES: dict[str, tuple[Rule, str]] = {
    "run": (_or_none(_run), A_RUN[1]),
    "runs": A_RUN,
    "run_a": A_RUN,
    "run_b": A_RUN,
    "simulated": A_RUN,
    "executed": A_RUN,
    "scenario": (lambda value: hasattr(value, "components") or _run(value), "a Scenario or a Run"),
    "selection": (
        _or_none(lambda value: isinstance(value, Selection)),
        "a chansim.selection.Selection, such as Selection(request=7)",
    ),
    "guess": SECONDS,
    "start": SECONDS,
    "seconds": SECONDS,
    "at": SECONDS,
    "request": (_or_none(_count), "the number of a request, from 1"),
    "around": (lambda value: _count(value) or value == 0, "a whole number of requests, from 0"),
    "requests": (_or_none(_several(_count)), "the numbers of requests, such as [7, 12]"),
    "dead": (_several(lambda value: isinstance(value, str)), 'several names, such as ["worker-1"]'),
    "labels": (
        _or_none(_several(lambda value: isinstance(value, str))),
        'several texts, such as ["three workers", "four"]',
    ),
    "theory": (
        _or_none(lambda value: hasattr(value, "percentile") or hasattr(value, "cdf")),
        "a law of chansim.theory, such as MM1(rate, service)",
    ),
    "service": (lambda value: _number(value) and value > 0, "a number of seconds above 0"),
    "servers": (_several(_count), "several whole numbers from 1, such as (1, 4, 16)"),
    "pairs": (
        _several(lambda value: hasattr(value, "residual") or hasattr(value, "opened")),
        "the pairs of an overlay(simulated, executed)",
    ),
}
"""By the name of a parameter: whether a value is legal there, and what would be."""


def checked(view: Callable[P, R]) -> Callable[P, R]:
    """*view*, which raises ViewError, in words, for an argument that is none of what :data:`RULES` says of its name."""
    known = signature(view).parameters

    @wraps(view)
    def looked_at(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, value in signature(view).bind(*args, **kwargs).arguments.items():
            rule = RULES.get(name)
            several = known[name].kind is Parameter.VAR_POSITIONAL
            for each in value if several else (value,):
                needed = each is not None or known[name].default is Parameter.empty
                if rule and needed and not (each is not None and rule[0](each)):
                    raise ViewError(
                        f"{view.__name__}: {name}={told(each)}: it must be {rule[1]}{_hint(view, each)}"
                    )
        return view(*args, **kwargs)

    return looked_at


def told(value: object) -> str:
    """A value that is wrong, in short."""
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else f"a {type(value).__name__}"


def _hint(view: Callable[..., object], value: object) -> str:
    if hasattr(value, "components") and not hasattr(value, "trace"):
        return f"; run it first: {view.__name__}(simulate(scenario))"
    if isinstance(value, (list, tuple)) and value and all(map(_run, value)):
        return f"; give them one by one: {view.__name__}(one, other)"
    return ""
