"""Users who think: the response-time law, R = N/X − Z (curriculum 6.1)."""

from dataclasses import replace

import pytest

from chansim import simulate, theory
from chansim.duration import Exponential
from chansim.measures import latencies, mean, throughput
from chansim.model.population import Population
from laws import errors
from laws.conftest import Law
from laws.worlds import SERVICE, wsgi

THINK, WORKERS = 1.0, 4


@pytest.mark.parametrize("users", [40, 84, 100, 400])
def test_users_wait_as_the_response_time_law_says(law: Law, users: int) -> None:
    """N* = 84 users keep four workers busy; each of more waits for all of them."""
    begin, seconds = 20.0, 150.0
    world = wsgi(1.0, WORKERS)
    people = Population(name="users", server="gunicorn", number=users, think=Exponential(THINK))
    others = tuple(each for each in world.components if each.name != "clients")
    run = simulate(replace(world, components=(*others, people)), seconds=begin + seconds)
    queue = theory.ClosedMMc(users, THINK, SERVICE, WORKERS)
    chain = errors.population(users, THINK, SERVICE, WORKERS)
    where = f"{users} users, c {WORKERS}, think 1 s"
    found = throughput(run.trace, "users", begin)
    law(
        "Response-time law: throughput",
        where,
        queue.throughput,
        found,
        errors.throughput(chain, seconds),
        "/s",
    )
    found = mean(latencies(run.trace, "users", begin))
    law("Response-time law: mean time", where, queue.mean_sojourn, found, errors.mean_sojourn(chain, seconds))
