"""Order, loss and a race: the exercises."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from chansim.course.function import Function
from chansim.course.property import Property, generated
from chansim.theory import overtaken

# 1. How often the second overtakes the first

_GAPS = ((0.0, 0.05, 0.05), (0.01, 0.05, 0.05), (0.05, 0.05, 0.05), (0.005, 0.02, 0.005), (0.1, 0.03, 0.3))


overtaking = Function(
    "P(overtaken)",
    overtaken,
    _GAPS,
    "a share from 0 to 1",
    "The first must still be at it when the second comes, and then the second must win the race.",
    (
        (
            lambda gap, first, second: math.exp(-gap / first),
            "That is how often the first is still at it when the second comes. Does the second then always win?",
        ),
        (
            lambda gap, first, second: first / (first + second),
            "That is the race once both have begun. How often does it come to one, after the gap?",
        ),
        (
            lambda gap, first, second: math.exp(-gap / first) / 2,
            "Right where both take equally long. Of two unequal ones, which is the likelier to be done first?",
        ),
        (
            lambda gap, first, second: second / (first + second) * math.exp(-gap / first),
            "The other way round: the longer the first takes, the oftener it is overtaken.",
        ),
        (
            lambda gap, first, second: 100 * overtaken(gap, first, second),
            "Those are per cent. A share from 0 to 1 is asked for.",
        ),
    ),
)

# 2. The lost wake-up


class Overlapping:
    """What an early message may ask and do, while another worker is about to finish the one before it.

    *moment*: before which of the learner's calls the other worker passes the turn on; None for never.
    """

    MOST_CALLS = 50
    FOR_LEARNERS = ("park", "has_come", "wake")  #: the rest is the check's own

    def __init__(self, moment: int | None):
        self.moment = moment
        self.calls = 0
        self.turn_has_come = False
        self.parked = False
        self.queued = 0  #: times that the message was put back on its channel

    def _tick(self) -> None:
        if self.moment == self.calls:
            self.other_worker()
        self.calls += 1
        if self.calls > self.MOST_CALLS:
            raise RuntimeError("the worker asks again and again, and does nothing else meanwhile")

    def other_worker(self) -> None:
        """It has finished the message before: the turn is passed on, and whoever is parked is woken."""
        self.turn_has_come = True
        self._wake()

    def _wake(self) -> None:
        if self.parked:
            self.parked = False
            self.queued += 1

    # -- what the learner's function is given

    def park(self) -> None:
        """Put the message where early ones wait."""
        self._tick()
        self.parked = True

    def has_come(self) -> bool:
        """Whether it is the message's turn by now."""
        self._tick()
        return self.turn_has_come

    def wake(self) -> None:
        """Put all that wait back on the channel that they came from, for another try."""
        self._tick()
        self._wake()


def _wakes_up(wait: Callable[[Overlapping], object], moment: int | None) -> str:
    turn = Overlapping(moment)
    try:
        wait(turn)
    except RuntimeError as error:
        return f"{error}: with as many early messages as workers, nobody is left to finish the one they wait for."
    if moment is None or turn.calls <= moment:
        if not turn.parked and not turn.queued:
            return "an early message was neither parked nor put back: it is gone."
        if turn.queued:
            return (
                "put back although its turn had not come: it goes round and round, and keeps a worker busy. "
                "Wake only whoever's turn has come."
            )
        turn.other_worker()  # later, when the function has long returned
    if turn.parked:
        return (
            "the other worker passed the turn on just before the message was parked, and now it sleeps for ever. "
            "When must one look?"
        )
    if not turn.queued:
        return "an early message was neither parked nor put back: it is gone."
    return ""


race = Property(
    "wait(turn)",
    _wakes_up,
    (None, *range(6)),
    "Whenever the other worker finishes, somebody wakes the message: the one who passes the turn, or it itself.",
    said=lambda moment: (
        "no other worker" if moment is None else f"a turn that comes before call {moment + 1}"
    ),
)

# 3. A task that may be delivered twice

Order = Mapping[str, Any]


def _deliveries(dice: Random) -> tuple[tuple[str, int], ...]:
    """Orders, each sent again until one copy was handled and its receipt arrived: copies may come late."""
    orders = [
        (f"order-{dice.randrange(10_000)}", dice.randrange(1, 100)) for _ in range(dice.randrange(1, 8))
    ]
    orders = list(dict(orders).items())
    copies = [order for order in orders for _ in range(dice.choice((1, 1, 1, 2, 3)))]
    dice.shuffle(copies)
    return tuple(copies)


def _charged_once(
    charge: Callable[[Order, dict[str, int]], object], deliveries: tuple[tuple[str, int], ...]
) -> str:
    paid: dict[str, int] = {}
    for number, amount in deliveries:
        before = dict(paid)
        charge({"number": number, "amount": amount}, paid)
        if number not in paid:
            return f"{number} was delivered, and paid has no entry for it: paid[number] = amount."
        if any(paid.get(other) != cost for other, cost in before.items() if other != number):
            return f"{number} came, and the entry of another order changed."
    wrong = {number: amount for number, amount in dict(deliveries).items() if paid[number] != amount}
    if wrong:
        number, amount = next(iter(wrong.items()))
        times = sum(each == number for each, _ in deliveries)
        return f"{number} over {amount} was delivered {times} times, and {paid[number]} were charged."
    return ""


once = Property(
    "charge(order, paid)",
    _charged_once,
    ((("order-1", 20),), (("order-1", 20), ("order-1", 20)), *generated(_deliveries, seed="08-once")),
    "However often it is delivered, it is charged once: what was done is remembered under the order's own name.",
    said=lambda deliveries: f"{len(deliveries)} deliveries",
)

EXERCISES = {"08-overtaken": overtaking, "08-race": race, "08-once": once}
