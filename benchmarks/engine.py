"""chansim's engine beside plain SimPy, on the path of one request.

Both run the same system: clients in a Poisson stream, an interface server, a
channel, one of c workers, the reply, the interface server, the client; with
the same times at each of its stations and on each of its ways. chansim does it
with its channel layer, its messages and its full trace. The plain model is
written in SimPy's ordinary style, a process for each request and a Resource
for the interface server, and keeps nothing but a latency per request.

    python benchmarks/engine.py

prints requests per second of processor time of each, in turn in this process,
and their ratio. The two means must agree, or the two are not the same system.
"""

from __future__ import annotations

import random
import statistics
import time

import simpy

from chansim import Scenario, deployments, simulate
from chansim.channels import Message, route

REQUESTS, ROUNDS = 20_000, 5
RATE, SERVICE, WORKERS = 100.0, 0.06, 8  # a utilisation of 0.75
OUTSIDE, WITHIN, CPU = (
    0.000_5,
    0.000_03,
    0.000_3,
)  # seconds: to a client, within the machine, of the event loop


def plain_simpy(requests: int, seed: int = 1) -> list[float]:
    """The system in plain SimPy; the latencies in seconds."""
    env = simpy.Environment()
    draw = random.Random(seed)
    interface = simpy.Resource(env, capacity=1)
    channel = simpy.Store(env)
    latencies = []

    def worker():
        while True:
            yield env.timeout(WITHIN)  # asks the layer for a message
            reply = yield channel.get()
            yield env.timeout(WITHIN)  # and has it
            yield env.timeout(draw.expovariate(1 / SERVICE))
            yield env.timeout(WITHIN)  # sends the reply to the layer
            reply.succeed()
            yield env.timeout(WITHIN)  # and knows that it is there

    def client():
        start = env.now
        yield env.timeout(OUTSIDE)
        with interface.request() as turn:
            yield turn
            yield env.timeout(CPU)
            yield env.timeout(WITHIN)
            reply = env.event()
            yield channel.put(reply)
            yield env.timeout(WITHIN)
        yield reply
        with interface.request() as turn:
            yield turn
            yield env.timeout(WITHIN)
            yield env.timeout(WITHIN)
            yield env.timeout(CPU)
        yield env.timeout(OUTSIDE)
        latencies.append(env.now - start)

    def arrivals():
        for _ in range(requests):
            yield env.timeout(draw.expovariate(RATE))
            env.process(client())

    for _ in range(WORKERS):
        env.process(worker())
    env.process(arrivals())
    env.run()
    return latencies


def answer(message: Message) -> None:
    """The consumer: one reply."""
    assert message.reply_channel is not None
    message.reply_channel.send({"status": 200, "headers": [], "content": b"ok"})


def same_system() -> Scenario:
    """Slide 16 with the times above; the interface server sees a reply at once, as in the plain model."""
    scenario = deployments.slide16(
        rate=RATE,
        service=SERVICE,
        workers=WORKERS,
        capacity=REQUESTS,
        cores=WORKERS + 2,
        seconds=REQUESTS / RATE,
    )
    scenario = scenario.change("site", routing=(route("http.request", answer),))
    return scenario.change("daphne", cpu=CPU, poll=0.0, idle_poll=0.0)


def main() -> None:
    """Run both in turn, and print what each needs."""
    scenario = same_system()
    ratios = []
    for round_ in range(ROUNDS):
        begun = time.process_time()
        latencies = plain_simpy(REQUESTS, seed=round_)
        plain = len(latencies) / (time.process_time() - begun)
        begun = time.process_time()
        run = simulate(scenario, seed=round_)
        took = time.process_time() - begun
        served = int(run.summary()["served"])
        ours = served / took
        ratios.append(ours / plain)
        print(
            f"plain SimPy {plain:9,.0f} requests/s, mean {1000 * statistics.fmean(latencies):5.1f} ms   "
            f"chansim {ours:9,.0f} requests/s, mean {1000 * run.summary()['mean']:5.1f} ms, "
            f"{len(run.trace) / served:.1f} rows a request, {run.trace.nbytes / len(run.trace):.1f} bytes a row   "
            f"ratio {ratios[-1]:.2f}"
        )
    print(f"median ratio, chansim to plain SimPy: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
