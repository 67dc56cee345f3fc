"""The simulated layer keeps the promises of every layer, at times to the last digit."""

from typing import Any

import pytest

from chansim.layer.eras import JUNE_2016
from conformance import ContentPromises, LayerPromises, LossesInTheTrace, WaitingPromises
from model.simulated_under_test import SimulatedUnderTest


class TestSimulatedLayer(LayerPromises, ContentPromises, LossesInTheTrace, WaitingPromises):
    @pytest.fixture(autouse=True)
    def of_each_era(self) -> None:
        """The eras that a simulated layer can be of."""
        self.era = JUNE_2016

    @pytest.mark.xfail(reason="a layer in a Scenario takes globs only", strict=True)
    def test_a_pattern_may_be_a_compiled_regular_expression(self) -> None:
        super().test_a_pattern_may_be_a_compiled_regular_expression()

    def build(self, **options: Any) -> SimulatedUnderTest:
        return SimulatedUnderTest(self.era, **options)
