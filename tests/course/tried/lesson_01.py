"""One request, one worker, tried: its exercises done right and wrong, and the numbers of its prose.

RIGHT: by exercise, answers that stand. WRONG: by exercise, answers that do not, each with a part of the hint: a dict,
or a list of pairs where an answer cannot be a key.
An answer that takes a while to make, a run for instance, is given as a lambda without arguments.
GIVEN: phrases of the prose with numbers that the lesson sets, asks or quotes. computed(): all other phrases of
the prose with numbers that have a unit, each with the number put in by the computation.
"""

import math

from chansim import deployments, simulate, theory
from chansim.course.lessons.lesson_01 import LOOKS
from chansim.measures import latencies, percentile


def W(lam, S):
    return 1 / (1 / S - lam) if lam * S < 1 else math.inf


def only_where_it_settles(lam, S):
    return 1 / (1 / S - lam)


RIGHT = {"01-sojourn": [W], "01-little": [1.0, 0.9815, 1.17], "01-workers": [7, 7.0]}
WRONG = {
    "01-sojourn": {
        None: "a function is asked for",
        0.1: "a function is asked for",
        (lambda lam, S: None): "does it end in return?",
        (lambda lam, S: "0.1"): "gave text",
        (lambda lam: 0.1): "raised TypeError",
        (lambda lam, S: lam / 0): "raised ZeroDivisionError",
        only_where_it_settles: "So far it was right",
        (lambda lam, S: S / (1 - lam * S) if lam * S != 1 else math.inf): "Right where λS < 1",
        (lambda lam, S: S): "the service alone",
        (lambda lam, S: W(lam, S) - S): "That is Wq",
        (lambda lam, S: 1000 * W(lam, S)): "milliseconds",
        (lambda lam, S: lam * W(lam, S)): "That is L",
        (lambda lam, S: S * (1 + lam * S)): "Near at low load",
        (lambda lam, S: 2 * W(lam, S)): "too high",
        (lambda lam, S: W(lam, S) / 2): "too low",
    },
    "01-little": {
        None: "a number is asked for",
        "1": "this is text",
        0: "nothing was ever open",
        -0.98: "the other way round",
        0.5: "Count the one being served as well",
        17805: "far too many",
        1.5: "too high",
        0.7: "too low",
        math.nan: "NaN",
    },
    "01-workers": {
        None: "a number is asked for",
        5: "they cannot keep up",
        0: "they cannot keep up",
        -3: "they cannot keep up",
        6: "they keep up, but",
        8: "more than it takes",
        6.5: "workers come whole",
        math.inf: "infinity",
    },
}

GIVEN = [
    "CMG's *MeasureIT* 7.07 and 7.08", "A look finds 0, 1, 2 or many",
    "λ = 10 of them", "S = 50 ms on average", "99 % and down: 99 of 100", "load × 1.8", "Not 1.8 times",
    "μ = 1/S", "In 19 of 20 such half hours", "c = 4 or 16 workers", "the 95 % interval", "for ± 5 %,",
    '"80 % busy is 20 % to spare"', "a server at 80 %", "of 50 ms each", "p99 below 250 ms",
    "of 200 ms each",
]  # fmt: skip


def ms(seconds):
    return f"{1000 * seconds:.0f}"


def computed():
    S, mm1, mmc = 0.05, theory.MM1, theory.MMc
    light, heavy, busy = mm1(10, S), mm1(18, S), mm1(19, S)
    pooled = mmc(144, S, 8)
    minute = latencies(
        simulate(deployments.slide07(rate=10, service=S, workers=1), seconds=60).trace, "clients"
    )
    p99 = percentile(minute, 0.99)
    five = heavy.mean_sojourn / light.mean_sojourn
    assert round(five, 9) == 5
    assert round(busy.mean_sojourn / heavy.mean_sojourn, 9) == 2
    assert round(mm1(19, S).mean_sojourn / mm1(16, S).mean_sojourn, 9) == 4
    assert theory.servers_for(100, S, 0.99, 0.25) == 7
    assert mmc(100, S, 5).utilisation == 1
    assert sum(each > p99 for each in minute) == 6
    large = mmc(576, S, 32)
    page = theory.any_beyond(20, 0.99)
    return [
        f"λ·S = 10 × 0.05 = {light.utilisation:.0%}".replace("%", " %"),
        f"some {round(len(minute), -1)} requests in it",
        f"busy {heavy.utilisation:.0%} of the time".replace("%", " %"),
        f"The mean goes from {ms(light.mean_sojourn)} to {ms(heavy.mean_sojourn)} ms",
        f"the p99 from {ms(light.percentile(0.99))} to {ms(heavy.percentile(0.99))} ms",
        f"at ρ = {busy.utilisation:g}, that is 19 requests",
        f"Theory says {ms(busy.mean_sojourn)} ms, twice what it was at {heavy.utilisation:g}",
        f"From 80 to 95 % busy is {0.95 / 0.8:.2f} times the load",
        f"Four times, for {0.95 / 0.8:.2f} times the load",
        f"90 % busy costs only {100 * (large.mean_sojourn / S - 1):.0f} % more",
        f"10 a second × {ms(light.mean_sojourn)} ms = {light.mean_number:g}",
        f"√ρ/(1 − ρ) = {math.sqrt(0.5) / 0.5:.2f}, so a mean of {LOOKS}",
        f"standard error of {math.sqrt(0.5) / 0.5 / math.sqrt(LOOKS):.2f}",
        f"Look in at {LOOKS} moments",
        f"At 10 a second the mean is {ms(light.mean_sojourn)} ms",
        f"so {light.probability_over(light.mean_sojourn):.0%} of them are above".replace("%", " %"),
        f"the p99 is {light.percentile(0.99) / light.mean_sojourn:.1f} times it",
        f"1 − 0.99<sup>20</sup> = {100 * page:.0f} %",
        f"A page of 20 requests meets it {100 * page:.0f} % of the time",
        f"all {pooled.utilisation:.0%} busy".replace("%", " %"),
        f"{ms(heavy.mean_sojourn)} ms become {ms(pooled.mean_sojourn)}",
        f"the p99 of {ms(heavy.percentile(0.99))} ms becomes {ms(pooled.percentile(0.99))}",
        f"the p99 below {-1000 * S * math.log(0.01):.0f} ms",
        f"At {light.utilisation:.0%} busy there is some, at {heavy.utilisation:.0%} five times".replace(
            "%", " %"
        ),
        f"eight queues: {ms(pooled.mean_sojourn)} ms instead of {ms(heavy.mean_sojourn)}",
    ]
