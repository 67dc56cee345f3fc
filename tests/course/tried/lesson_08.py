"""Order, loss and a race, tried: see lesson_01.py for what stands in such a file."""

import math

from chansim import simulate, theory
from chansim.deployments import reports, slide16


def overtaking(gap, connect, receive):
    return connect / (connect + receive) * math.exp(-gap / connect)


def parks(turn):
    turn.park()


def looks_again(turn):
    turn.park()
    if turn.has_come():
        turn.wake()


def looks_first(turn):
    if turn.has_come():
        turn.wake()
    else:
        turn.park()


def always_wakes(turn):
    turn.park()
    turn.wake()


def waits_itself(turn):
    while not turn.has_come():
        pass
    turn.park()
    turn.wake()


def adds(order, paid):
    paid[order["number"]] = paid.get(order["number"], 0) + order["amount"]


def charges_once(order, paid):
    paid.setdefault(order["number"], order["amount"])


def overwrites_all(order, paid):
    for number in paid:
        paid[number] = order["amount"]
    paid[order["number"]] = order["amount"]


def charges_by_amount(order, paid):
    if order["amount"] not in paid.values():
        paid[order["number"]] = order["amount"]


RIGHT = {
    "08-overtaken": [overtaking],
    "08-race": [looks_again, lambda turn: (turn.park(), turn.has_come() and turn.wake())],
    "08-once": [charges_once, lambda order, paid: paid.update({order["number"]: order["amount"]})],
}
WRONG = {
    "08-overtaken": {
        None: "a function is asked for",
        (lambda gap, c, r: None): "does it end in return?",
        (lambda gap, c, r: math.exp(-gap / c)): "Does the second then always win?",
        (lambda gap, c, r: c / (c + r)): "How often does it come to one",
        (lambda gap, c, r: math.exp(-gap / c) / 2): "Of two unequal ones",
        (lambda gap, c, r: r / (c + r) * math.exp(-gap / c)): "The other way round",
        (lambda gap, c, r: 100 * overtaking(gap, c, r)): "Those are per cent",
        (lambda gap, c, r: 1.0): "too high",
    },
    "08-race": {
        None: "a function is asked for",
        parks: "sleeps for ever",
        looks_first: "it is gone",
        (lambda turn: turn.has_come() or turn.park()): "it is gone",
        always_wakes: "goes round and round",
        waits_itself: "asks again and again",
        (lambda turn: None): "it is gone",
        (lambda turn: turn.sleep()): "raised AttributeError",
    },
    "08-once": {
        None: "a function is asked for",
        adds: "40 were charged",
        (lambda order, paid: None): "has no entry for it",
        overwrites_all: "the entry of another order changed",
        charges_by_amount: "has no entry for it",
        (lambda order: None): "raised TypeError",
    },
}
GIVEN = [
    "consumer takes 50 ms on average", "P = e", "with μ = 1/S = 20 a second", "10 ms apart",
    "every consumer takes 50 ms", "no more than 1/S = 20", "so kills × ρ", "kills × ρ.",
]  # fmt: skip


def computed() -> list[str]:
    assert round(1 / theory.overtaken(0.15, 0.05, 0.05)) == 40, "still one in forty"
    assert round(10 * (1 - theory.overtaken(0.01, 0.05, 0.05))) == 6, "in order six times in ten"
    stuck = sum(simulate(reports.ch393(), seed=seed).summary()["lost"] != {} for seed in range(1, 7))
    assert stuck == 5, "one seed in six is spared"
    assert slide16()["daphne"].http_timeout == 120, "two minutes"
    one_time = 1 / theory.all_in_order(5, 0.01, 0.05)
    return [
        f"are all in order one time in {one_time:.0f}",
        f"would be {100 * theory.MM1(15, 0.05).utilisation:.0f} % busy",
    ]
