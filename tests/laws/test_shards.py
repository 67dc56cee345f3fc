"""A layer over several hosts: a worker listens to one of them at a time (curriculum 6.1)."""

import pytest

from chansim import deployments, simulate
from chansim.measures import mean
from chansim.model.arrivals import Recorded
from laws import errors
from laws.conftest import Law
from laws.worlds import waits
from model.tiny import NOWHERE

MESSAGES = 1500
APART = 11.37
"""Seconds between two messages: each idle worker has drawn its shard anew, twice at least."""


@pytest.mark.parametrize(("shards", "workers"), [(2, 1), (2, 4), (3, 4), (4, 10)])
def test_a_message_waits_where_no_worker_listens(law: Law, shards: int, workers: int) -> None:
    """Of W workers, each listens to another shard than the message's with 1 − 1/S."""
    scenario = deployments.slide30_sharded(
        machines=1,
        shards=shards,
        workers=workers,
        service=0.0,
        cores=1000,
        arrivals=Recorded(tuple(1.0 + APART * n for n in range(MESSAGES))),
        network=NOWHERE,
        seconds=None,
    )
    found = list(waits(simulate(scenario), "http.request").values())
    assert len(found) == MESSAGES
    assert 4.0 < max(found) < 60.0  # until somebody listens there
    waited = mean([float(wait > 1e-6) for wait in found])
    formula = (1 - 1 / shards) ** workers
    within = errors.proportion(formula, MESSAGES)
    law("Shard listeners: nobody there", f"{shards} shards, {workers} workers", formula, waited, within, "%")
