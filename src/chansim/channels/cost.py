"""costs: what a consumer or a view takes, declared; and sleep, what it takes between two sends.

In virtual time the cost passes on the clock. In real time its processor part
is worked and its waiting part is slept. With no cost declared, code takes no
virtual time at all, and really takes what it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from inspect import unwrap
from typing import TypeVar

from chansim.channels.outbox import current_outbox
from chansim.duration import Constant, Duration, as_duration

Code = TypeVar("Code", bound=Callable[..., object])


@dataclass(frozen=True)
class Costs:
    """Seconds per call: *cpu* on a core of the worker's machine, then *io* waiting elsewhere.

    *per_member* is added, on the processor, for each member that the call's
    group sends reach.
    """

    cpu: Duration = Constant(0.0)
    io: Duration = Constant(0.0)
    per_member: float = 0.0

    @cached_property
    def computes(self) -> bool:
        """Whether a call takes a core at all, its group sends aside."""
        return self.cpu != Constant(0.0)

    @cached_property
    def waits(self) -> bool:
        """Whether a call waits at all."""
        return self.io != Constant(0.0)


def costs(
    *, cpu: float | Duration = 0.0, io: float | Duration = 0.0, per_member: float = 0.0
) -> Callable[[Code], Code]:
    """Declare what a consumer or a WSGI application takes per call; see :class:`Costs`.

    Raises ValueError for a negative or an infinite number of seconds.
    """
    declared = Costs(
        as_duration(cpu, "cpu"), as_duration(io, "io"), as_duration(per_member, "per_member").mean
    )

    def declare(code: Code) -> Code:
        code.costs = declared  # type: ignore[attr-defined]
        return code

    return declare


def costs_of(code: object) -> Costs | None:
    """What *code* declares, or None."""
    declared = getattr(code, "costs", None)
    return declared if isinstance(declared, Costs) else None


def sleeps(code: object) -> bool:
    """Whether the function *code* itself calls :func:`sleep`, by whatever name; what it calls is not looked into."""
    function = unwrap(code) if callable(code) else code
    names = getattr(getattr(function, "__code__", None), "co_names", ())
    return any(getattr(function, "__globals__", {}).get(name) is sleep for name in names)


def sleep(seconds: float) -> None:
    """Wait, in a consumer, as ``time.sleep`` does: really where it is executed, in virtual time where it is simulated.

    There its code runs on at once. What it sends from here on leaves *seconds* later, and where that finds its channel
    full, the consumer has failed and sends no more; all else that it does is done. Raises ValueError for a negative or
    an infinite number, and RuntimeError outside of a consumer that a worker runs.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < math.inf:
        raise ValueError(f"sleep({seconds!r}): it must be a number of seconds from 0")
    outbox = current_outbox.get()
    if outbox is None:
        raise RuntimeError(
            f"sleep({seconds!r}): there is no worker here that could wait; outside of a consumer use time.sleep"
        )
    outbox.sleep(seconds)
