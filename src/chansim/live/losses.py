"""What a killed process took with it, and a layer that was started anew: the rows that nobody was left to write.

A message that was sent, and is neither received nor lost nor waiting in the layer, was in somebody's hands. So was one
that a component of the dead machine had received and not done with. Each is lost at the moment of the death, by its
cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nextafter

from chansim.trace import BEGUN, ENDED, LOST, RECEIVED, SENT, Recorder, Trace


@dataclass(frozen=True)
class Death:
    """A process ended *at* that time, with all the components that it had; its messages had numbers in *block*."""

    at: float
    cause: str
    components: frozenset[str] = frozenset()  #: those that are taken by work, and their lanes
    name: str = ""
    block: range = range(0)
    forwarded: frozenset[int] = frozenset()  #: messages on the plain network that were on their way to it


@dataclass
class Fate:
    """What is known of one message."""

    sent: float | None = None
    taken: float | None = None  #: when it was received, first
    by: int = 0
    on_layer: bool = False
    over: bool = False  #: lost, or done with
    request: int = 0
    channel: int = 0


def reckon(trace: Trace, deaths: Iterable[Death], waiting: Iterable[int], recorder: Recorder) -> None:
    """Add to *recorder*, whose rows *trace* has, those that the dead did not write. *waiting* are in the layer."""
    deaths, there = sorted(deaths, key=lambda death: death.at), set(waiting)
    fates, bars = _fates(trace)
    code, write = recorder.code, recorder.write
    recorder.disorder()
    names = trace.names

    def lose(number: int, fate: Fate, component: str, death: Death, bar: bool) -> None:
        write(death.at, LOST, code(component), fate.channel, number, fate.request, code(death.cause))
        if bar:
            write(death.at, ENDED, code(component), fate.channel, number, fate.request)
        fate.over = True

    for number, fate in fates.items():
        if (
            fate.sent is None and fate.taken is not None
        ):  # its sender died between the sending and the saying so
            killed = next((death for death in deaths if number in death.block), None)
            moment = nextafter(
                min(fate.taken, killed.at) if killed else fate.taken, 0.0
            )  # before all that followed
            write(moment, SENT, code(killed.name if killed else ""), fate.channel, number, fate.request)
            fate.sent = moment
        if fate.over:
            continue
        if fate.taken is not None:
            by = names[fate.by]
            for death in deaths:
                if by in death.components and fate.taken <= death.at:
                    lose(number, fate, by, death, (fate.by, number) in bars)
                    break
        elif number not in there and fate.sent is not None:
            for death in deaths:
                concerned = fate.on_layer or number in death.forwarded or number in death.block
                if fate.sent <= death.at and concerned:
                    lose(number, fate, death.name, death, False)
                    break


def _fates(trace: Trace) -> tuple[dict[int, Fate], set[tuple[int, int]]]:
    fates: dict[int, Fate] = {}
    bars: set[tuple[int, int]] = set()
    for t, event, component, channel, number, request, detail in zip(*trace.columns.values(), strict=True):
        if not number:
            continue
        message = int(number)
        fate = fates.setdefault(message, Fate(request=int(request), channel=int(channel)))
        if event == SENT:
            fate.sent, fate.on_layer = t, not detail
        elif event == RECEIVED:
            if fate.taken is None:
                fate.taken, fate.by = t, int(component)
        elif event == LOST:
            fate.over = True
        elif event == BEGUN:
            bars.add((int(component), message))
        elif event == ENDED:
            bars.discard((int(component), message))
            fate.over = True
    return fates, bars
