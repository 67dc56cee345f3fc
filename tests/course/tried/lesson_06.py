"""How many workers?, tried: see lesson_01.py for what stands in such a file.

The exercise with numbers of one's own is tried with those of "anyone"; test_learner.py has the others.
"""

import math

from chansim import simulate, theory
from chansim.course.learner import ANYONE
from chansim.course.lessons.lesson_06 import gallery, least_workers
from chansim.duration import TwoPoint
from chansim.measures import latencies

GIVEN_NUMBERS = least_workers.given(ANYONE)
LEAST = theory.servers_for(GIVEN_NUMBERS.rate, 0.05, 0.99, GIVEN_NUMBERS.target)

RIGHT = {
    "06-workers": [LEAST, float(LEAST)],
    "06-split": [(2, 0, 2), [2, 1, 1]],
    "06-users": [lambda workers, think, S: workers * (think + S) / S],
}
WRONG = {
    "06-workers": [
        (None, "a number is asked for"),
        (1, "they cannot keep up"),
        (LEAST - 1, "they keep up, but p99 is above"),
        (LEAST + 1, "more than it takes"),
        (LEAST + 0.5, "workers come whole"),
    ],
    "06-split": [
        (None, "three whole numbers"),
        ((4,), "three whole numbers"),
        ((2, "2", 0), "three whole numbers"),
        ((1, 1, 1), "there are 4 workers"),
        ((0, 0, 4), "Keep some back"),
        ((1, 0, 3), "alone when three thumbnails"),
        ((2, 2, 0), "good, and there is better"),
        ((1, 1, 2), "there is one with"),
        ((3, 1, 0), "the thumbnails need more than one worker"),
        ((1, 3, 0), "the pages need more than one worker"),
    ],
    "06-users": {
        None: "a function is asked for",
        (lambda workers, think, S: workers * think / S): "Nearly",
        (lambda workers, think, S: workers / S): "How often does one user ask?",
        (lambda workers, think, S: (think + S) / S): "That is for one worker",
        (lambda workers, think, S: 1): "too low",
    },
}
GIVEN = [
    "λ·S = 5 seconds", "A hundred requests a second of 50 ms bring", "60 % more than the load",
    '"never above 80 % busy"', "of 50 ms each; p99 below the target", "always 50 ms", "or 20 ms,",
    "Take one worker, 80 % busy with work of 50 ms on average", "in one case of twenty 620 ms",
    "A hundred messages a second of 1 ms", "Forty pages a second of 25 ms", "Four workers, 50 ms: what",
    "each call of the layer takes 1 ms", "Views that compute for 20 ms", "c ≈ a + β·√a",
    "Ninety requests a second of 50 ms", "what is 100 % busy?",
    "28 workers on ten cores", "`--threads 500` (552)",
]  # fmt: skip


def computed() -> list[str]:
    eight, five = theory.MMc(100, 0.05, 8), theory.servers_for_waiting(5, 0.2)
    fifty = theory.servers_for_waiting(50, 0.2)
    blocks = TwoPoint(0.001, 0.3, 0.01)
    assert five == 8
    assert round(100 * (five / 5 - 1)) == 60
    assert round(100 * theory.MG1(100, blocks.mean, blocks.scv).utilisation) == 40
    assert 0.3 * 100 == 30
    took = latencies(simulate(gallery(both=4), seed=1, seconds=240).trace, "clients")
    assert len(took) > 9000
    four = 1 - sum(math.exp(-1) / math.factorial(n) for n in range(4))
    return [
        f"With eight the p99 is {1000 * eight.percentile(0.99):.0f} ms",
        f"(S·ln 100 = {1000 * 0.05 * math.log(100):.0f} ms)",
        f"runs at {100 * 50 / fifty:.1f} % and keeps",
        f"keep only at {100 * 5 / five:.1f} %",
        "Busy: 40 %.",
        f"so in {100 * four:.0f} % of the time (Poisson)",
        f"X cannot exceed c/S = {4 / 0.05:.0f}",
        "R = N/X − Z",
    ]
