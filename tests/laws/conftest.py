"""What the laws share: the table of the model card, in which each of them has a row."""

from collections.abc import Callable, Iterator

import pytest

from laws.errors import Tolerance
from pages import Table

Law = Callable[..., None]


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    table = Table("model-card.md", "laws", request.config.getoption("rewrite"))
    yield table
    table.close()


@pytest.fixture
def law(table: Table) -> Law:
    """``law(name, where, formula, simulated, within, unit)``: what is simulated must lie where theory says, and
    the model card must say so, in *unit*."""

    def check(
        name: str, where: str, formula: float, simulated: float, within: Tolerance, unit: str = "ms"
    ) -> None:
        scale = {"ms": 1000.0, "%": 100.0}.get(unit, 1.0)
        numbers = [f"{scale * value:.4g} {unit}".strip() for value in (formula, simulated)]
        accepted = f"±{float(f'{scale * within.width:.2g}'):g} {unit}".strip()
        assert abs(simulated - formula) <= within.width, (
            f"{name}, {where}: the formula gives {numbers[0]}, the simulation {numbers[1]}; "
            f"accepted is {accepted}, from {within.why}"
        )
        table.row(name, where, *numbers, accepted, within.why)

    return check
