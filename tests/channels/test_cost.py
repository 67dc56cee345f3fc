"""costs: what a consumer declares."""

import math
from typing import Any

import pytest

from chansim.channels import Costs, Message, costs, view_as_consumer
from chansim.channels.cost import costs_of
from chansim.duration import Constant, Exponential


def test_a_function_declares_its_costs_and_stays_the_function_it_was() -> None:
    def consumer(message: Message) -> None: ...

    declared = costs(cpu=0.005, io=Exponential(0.1), per_member=0.0002)(consumer)
    assert declared is consumer
    assert costs_of(consumer) == Costs(Constant(0.005), Exponential(0.1), 0.0002)


def test_what_declares_nothing_has_no_costs() -> None:
    def consumer(message: Message) -> None: ...

    assert costs_of(consumer) is None
    consumer.costs = "dear"  # type: ignore[attr-defined]
    assert costs_of(consumer) is None


def test_costs_say_whether_they_compute_and_whether_they_wait() -> None:
    table = [Costs(), Costs(cpu=Constant(1.0)), Costs(io=Exponential(1.0)), Costs(per_member=1.0)]
    assert [(each.computes, each.waits) for each in table] == [
        (False, False),
        (True, False),
        (False, True),
        (False, False),
    ]


@pytest.mark.parametrize("field", ["cpu", "io", "per_member"])
@pytest.mark.parametrize("value", [-0.001, math.inf, math.nan])
def test_a_cost_is_a_number_of_seconds_from_zero(field: str, value: float) -> None:
    with pytest.raises(ValueError, match="must be a number of seconds from 0"):
        costs(**{field: value})


@pytest.mark.parametrize("value", ["5 ms", None, True])
def test_anything_else_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="must be a number of seconds"):
        costs(cpu=value)


def test_the_error_names_the_option() -> None:
    with pytest.raises(ValueError, match=r"\bio\b"):
        costs(cpu=0.1, io=-1)


def test_a_view_as_a_consumer_costs_what_the_view_declares() -> None:
    @costs(io=0.2)
    def dear(environ: Any, start_response: Any) -> list[bytes]:
        return []

    def free(environ: Any, start_response: Any) -> list[bytes]:
        return []

    assert costs_of(view_as_consumer(dear)) == Costs(io=Constant(0.2))
    assert costs_of(view_as_consumer(free)) is None
