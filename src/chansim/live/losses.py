"""What a killed process took with it, and a layer that was started anew: the rows that nobody was left to write.

A message that was sent, and is neither received nor lost nor waiting in the layer, was in somebody's hands, or in a
layer that was started anew. Which of the two, its channel tells: what was sent there later, and received, had waited
behind it. What a component of the dead machine had received and not done with was in its hands too. Each is lost at the
moment of the death, by its cause. A layer that was started anew has no groups any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf, nextafter

from chansim.trace import BEGUN, ENDED, JOINED, LEFT, LOST, RECEIVED, SENT, Recorder, Trace


@dataclass(frozen=True)
class Death:
    """A process ended *at* that time, with all the components that it had; its messages had numbers in *block*."""

    at: float
    cause: str
    components: frozenset[str] = frozenset()  #: those that are taken by work, and their lanes
    name: str = ""
    block: range = range(0)
    forwarded: frozenset[int] = frozenset()  #: messages on the plain network that were on their way to it
    #: of a layer's server that was started anew: of which channels it had the memberships; of any other death, None
    had: Callable[[str], bool] | None = None
    missed: float = inf  #: since when that server gave no answer, where that was noticed


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


def reckon(
    trace: Trace,
    deaths: Iterable[Death],
    waiting: Iterable[int],
    recorder: Recorder,
    in_order: Callable[[str], bool] = lambda channel: True,
) -> None:
    """Add to *recorder*, whose rows *trace* has, those that the dead did not write. *waiting* are in the layer.
    *in_order*: whether all messages of a channel are received in the order in which they were sent."""
    deaths, there = sorted(deaths, key=lambda death: death.at), set(waiting)
    taken_by = _taken_by(trace, in_order)
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
            found = _death_of(number, fate, deaths, taken_by(fate))
            if found is not None:
                lose(number, fate, found.name, found, False)
    for death in deaths:
        if death.had is not None:
            for channel, group in _members(trace, death):
                write(min(death.at, death.missed), LEFT, code(death.name), channel, 0, 0, group)


def _death_of(number: int, fate: Fate, deaths: Sequence[Death], taken_by: float) -> Death | None:
    """Which death took a message that nobody has received, and that had left its channel by *taken_by*."""
    assert fate.sent is not None
    candidates = []
    for death in deaths:
        if fate.sent > death.at:
            continue
        if death.had is not None and fate.on_layer:
            if death.at < taken_by:  # it waited there
                return death
        elif (fate.on_layer and not death.forwarded) or number in death.forwarded or number in death.block:
            candidates.append(death)
    # who dies between the taking and the saying so dies at that very moment: of several, the last before it was missed
    before = [death for death in candidates if death.at <= taken_by]
    if taken_by < inf and before:
        return before[-1]
    return candidates[0] if candidates else None


def _taken_by(trace: Trace, in_order: Callable[[str], bool]) -> Callable[[Fate], float]:
    """By when a message of a layer had left its channel: since something that was sent there later was received."""
    sent: dict[int, float] = {}
    later: dict[int, list[tuple[float, float]]] = defaultdict(list)  # by channel: sent, received
    for t, event, channel, number, detail in zip(
        trace.t, trace.event, trace.channel, trace.message, trace.detail, strict=True
    ):
        if event == SENT and channel and not detail:
            sent[number] = t
        elif event == RECEIVED and number in sent:
            later[channel].append((sent[number], t))

    def moment(fate: Fate) -> float:
        if not fate.on_layer or fate.sent is None or not in_order(trace.names[fate.channel]):
            return inf
        return min((taken for gone, taken in later[fate.channel] if gone > fate.sent), default=inf)

    return moment


def _members(trace: Trace, death: Death) -> list[tuple[int, int]]:
    """Channel and group of each membership that a server had when it ended."""
    assert death.had is not None
    there: dict[tuple[int, int], None] = {}
    for t, event, channel, group in zip(trace.t, trace.event, trace.channel, trace.detail, strict=True):
        if t > min(death.at, death.missed):
            break
        if event == JOINED:
            there[channel, group] = None
        elif event == LEFT:
            there.pop((channel, group), None)
    return [(channel, group) for channel, group in there if death.had(trace.names[channel])]


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
