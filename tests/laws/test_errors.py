"""The tolerances themselves: where another formula is known they agree with it, and else with many runs."""

import math
import random
import statistics

import pytest

from chansim.theory import MM1, MMc, MMcK, mm1_mean_wait_half_width
from laws.errors import (
    Z999,
    Chain,
    batches,
    cycles,
    loss,
    mean_sojourn,
    mean_wait,
    population,
    queue,
    throughput,
)

SERVICE = 0.05


@pytest.mark.parametrize("rho", [0.3, 0.5, 0.8, 0.95])
def test_for_one_server_it_is_daleys_formula(rho: float) -> None:
    """The same number by two ways: Daley's asymptotic variance of the waits, and the chain's."""
    rate, seconds = rho / SERVICE, 1e6
    daley = mm1_mean_wait_half_width(rho, round(rate * seconds)) * SERVICE / 1.959963984540054
    assert mean_wait(queue(rate, SERVICE, 1), 1, seconds).width / Z999 == pytest.approx(daley, rel=1e-6)


@pytest.mark.parametrize("theory", [MM1(16, SERVICE), MMc(128, SERVICE, 8), MMcK(90, SERVICE, 5, 15)])
def test_the_chain_settles_as_the_theory_says(theory: MM1 | MMc | MMcK) -> None:
    servers, places = getattr(theory, "servers", 1), getattr(theory, "places", None)
    chain = queue(theory.rate, theory.service, servers, places)
    assert chain.mean(float) == pytest.approx(theory.mean_number)
    assert chain.shares[-1] == pytest.approx(getattr(theory, "loss", 0.0), abs=1e-11)


def chance(chain: Chain, down: list[float], seconds: float, seed: int) -> tuple[float, float]:
    """A chain run through, jump by jump: the mean sojourn by Little's law, and the share lost."""
    draw = random.Random(seed)
    now, state, area, came, lost = 0.0, 0, 0.0, 0, 0
    while now < seconds:
        goes = down[state - 1] if state else 0.0
        stays = draw.expovariate(chain.lost + goes)
        now, area = now + stays, area + state * stays
        if draw.random() * (chain.lost + goes) < goes:
            state -= 1
        elif chain.up[state]:
            came, state = came + 1, state + 1
        else:
            lost += 1
    return area / came, lost / (came + lost)


def test_for_places_that_run_out_it_is_the_spread_of_many_runs() -> None:
    seconds, chain = 30.0, queue(100, SERVICE, 5, 8)
    down = [min(n, 5) / SERVICE for n in range(1, 9)]
    runs = [chance(chain, down, seconds, seed) for seed in range(200)]
    # the spread of 200 runs is itself known to 1/√400 = 5 %; three times that is allowed
    sojourns, losses = [run[0] for run in runs], [run[1] for run in runs]
    assert statistics.stdev(sojourns) == pytest.approx(mean_sojourn(chain, seconds).width / Z999, rel=0.15)
    assert statistics.stdev(losses) == pytest.approx(loss(chain, seconds).width / Z999, rel=0.15)


def test_a_population_that_never_queues_is_as_independent_as_its_users() -> None:
    """With a server for each, a user's time in the system is a service, and nothing else."""
    chain, seconds = population(20, 1.0, SERVICE, 20), 1000.0
    requests = chain.throughput * seconds
    assert mean_sojourn(chain, seconds).width / Z999 == pytest.approx(SERVICE / math.sqrt(requests))


def test_a_population_that_keeps_all_servers_busy_is_as_random_as_their_services() -> None:
    """Four servers that never rest let 80 a second go, a Poisson stream; and who goes comes back."""
    chain, seconds = population(400, 1.0, SERVICE, 4), 1000.0
    assert throughput(chain, seconds).width / Z999 == pytest.approx(math.sqrt(80 / seconds), rel=1e-3)


def test_cycles_and_batches_of_independent_values_give_their_standard_error() -> None:
    draw = random.Random(1)
    values = [draw.expovariate(1.0) for _ in range(100_000)]
    expected = Z999 / math.sqrt(len(values))
    fresh = [n % 5 == 0 for n in range(len(values))]
    assert cycles(values, fresh, 1.0).width == pytest.approx(expected, rel=0.05)
    # known to 1/√48 = 14 %, and wider by Student's t
    assert batches(values).width == pytest.approx(expected * 1.14, rel=0.3)
