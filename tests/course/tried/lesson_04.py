"""From view to consumer, tried: see lesson_01.py for what stands in such a file."""

import math

from chansim import deployments, simulate
from chansim.channels.wsgi import environ_of, view_as_consumer
from chansim.layer.eras import JUNE_2016


def mine(application):
    def consumer(message):
        head = []
        body = b"".join(application(environ_of(message.content), lambda *each: head.extend(each)))
        headers = [[name.lower().encode(), value.encode()] for name, value in head[1]]
        message.reply_channel.send({"status": int(head[0][:3]), "headers": headers, "content": body})

    return consumer


def variant(status=int, names=str.lower, lazy=False, twice=False, path=None):
    """As above, with something different."""

    def make(application):
        def consumer(message):
            head = []
            environ = environ_of(message.content)
            environ["PATH_INFO"] = environ["PATH_INFO"] if path is None else path
            parts = application(environ, lambda *each: head.extend(each))
            body = b"" if lazy else b"".join(parts)
            headers = [[names(name).encode(), value.encode()] for name, value in head[1]]
            response = {"status": status(head[0][:3]), "headers": headers, "content": body or b"".join(parts)}
            for _ in range(1 + twice):
                message.reply_channel.send(response)

        return consumer

    return make


def silent(application):
    return lambda message: list(application(environ_of(message.content), lambda *each: None))


def deaf(application):
    return lambda message: message.reply_channel.send({"status": 200, "headers": [], "content": b""})


BUDGET = {"network": 1.0, "Daphne": 0.6, "view": 30.664, "look": 3.209}

RIGHT = {
    "04-budget": [BUDGET, {**BUDGET, "look": 3.239, "Daphne": 0.66}],
    "04-view": [mine, variant()],
    "04-capacity": [297, 300, 350],
    "04-settings": [
        {"A": "one machine", "B": "several machines", "C": "one process", "D": "one machine"},
    ],
}
SETTINGS = RIGHT["04-settings"][0]
WRONG = {
    "04-budget": [
        (None, "a dict is asked for"),
        ({}, "under 'network'"),
        ({**BUDGET, "network": 0.5}, "back again"),
        ({**BUDGET, "Daphne": 0.3}, "its work on the response"),
        ({**BUDGET, "view": 0.030664}, "Those may be seconds."),
        ({**BUDGET, "look": 10}, "to when Daphne received it"),
        ({**BUDGET, "look": "3.2"}, "under 'look'"),
    ],
    "04-view": [
        (None, "a function is asked for"),
        (lambda application: None, "gives no consumer"),
        (deaf, "was never called"),
        (silent, "no messages were sent"),
        (variant(status=str), "'status' in the response message"),
        (variant(names=str.upper), "'headers' in the response message"),
        (variant(lazy=True), "IndexError"),
        (variant(twice=True), "2 messages were sent"),
        (variant(path="/"), "was told PATH_INFO"),
        (view_as_consumer, "messages were sent"),
    ],
    "04-capacity": [
        (None, "a whole number is asked for"),
        (0, "from 1 to 10,000"),
        (100, "more than 100"),
        (250, "somebody was told 503"),
        (1000, "more than it takes"),
        (297.5, "a whole number is asked for"),
    ],
    "04-settings": [
        (None, "a dict is asked for"),
        ({**SETTINGS, "A": "several machines"}, "shared memory"),
        ({**SETTINGS, "B": "one machine"}, "whoever reaches the host"),
        ({**SETTINGS, "C": "one machine"}, "takes it no farther"),
        ({**SETTINGS, "D": "several machines"}, "who is localhost"),
    ],
}
GIVEN = [
    "a page of 10 ms. What is added?", "a median of 21 ms, beside Gunicorn's 2.",
    "A page of 10 ms on average", "the service time down to 2 ms, and the arrival rate from 1 to 150",
    "September 2016 saw more: at 300 requests a second",
]  # fmt: skip


def computed() -> list[str]:
    look, sleep = 1000 * JUNE_2016.poll, 1000 * JUNE_2016.idle_poll
    site = deployments.slide07(rate=10, service=0.05, workers=3)
    median = simulate(site, seed=1, seconds=600).summary()["p50"]
    asleep = 0.2 * (1 - math.exp(-5))
    quiet = 1000 * (0.025 - 0.01 + 0.01 * asleep + asleep * 0.005)
    assert round(quiet + 0.7) == 19
    assert 50 * 5 == 250
    assert deployments.loadtest_2016_09()["clients"].arrivals.rate == 300
    return [
        f"The median page takes {1000 * median:.0f} ms there",
        f"looked for replies every {look:.0f} ms",
        f"the next look comes within {look:.0f} ms: {look / 2:.0f} ms on average",
        f"looked every {look:.0f} ms too",
        f"Two looks of {look:.0f} ms each, half of each on average: {2 * look / 2:.0f} ms for nothing",
        f"Daphne looked only every {sleep:.0f} ms",
        f"anywhere in the next {sleep:.0f} ms: {sleep / 2:.0f} on average",
        f"the looks are {look:.0f} ms apart",
        f"it is {quiet + 0.7:.0f} ms when it is quiet",
        f"it cost {look / 2:.0f} to {2 * look / 2:.0f} ms, on a quiet site {quiet + 0.7:.0f}",
        f"four workers do {4 / 0.05:.0f} a second, 50 keep coming",
        f"250/(80 − 50) = {250 / (4 / 0.05 - 50):.1f} s",
    ]
