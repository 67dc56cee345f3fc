"""The simulated layer keeps the promises of every layer, at times to the last digit."""

from typing import Any

from conformance import ContentPromises, LayerPromises, LossesInTheTrace, WaitingPromises
from model.simulated_under_test import SimulatedUnderTest


class TestSimulatedLayer(LayerPromises, ContentPromises, LossesInTheTrace, WaitingPromises):
    def build(self, **options: Any) -> SimulatedUnderTest:
        return SimulatedUnderTest(self.era, **options)
