"""Random numbers that belong to somebody: one stream for each component and purpose.

What may live here: how a stream gets its seed. The distributions are in `model/duration.py`.

A stream depends on the seed, the component's name and the purpose, and on nothing else: not on the order in
which streams are made, nor on which others exist. So adding a component to a scenario leaves the draws of all
the others alone, and two deployments can be compared on the same workload. The global generator of `random`
is never used, and neither is `hash()`, which differs from one Python process to the next.
"""

import hashlib
import json
import operator
import random


def stream(seed: int, component: str, purpose: str) -> random.Random:
    """A new generator for one purpose of one component: `stream(1, "browsers", "arrivals")`.

    Equal arguments give equal sequences of `.random()`, on every machine and in every process. `seed` is any
    whole number; the two names may be any text. Raises ValueError for a seed or a name of another kind.
    """
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise ValueError(f"stream: seed is {seed!r}; it must be a whole number, such as 1")
    for field, value in (("component", component), ("purpose", purpose)):
        if not isinstance(value, str):
            raise ValueError(f'stream: {field} is {value!r}; it must be a name, such as "arrivals"')
    # JSON keeps ("a", "bc") and ("ab", "c") apart, and writes every text in ASCII.
    owner = json.dumps([operator.index(seed), component, purpose])
    return random.Random(int.from_bytes(hashlib.sha256(owner.encode("ascii")).digest(), "big"))
