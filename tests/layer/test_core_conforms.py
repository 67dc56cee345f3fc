"""The core keeps every promise of the layer by itself."""

from typing import Any

from conformance import LayerPromises, LossesInTheTrace, ResilienceTesting
from layer.core_under_test import CoreUnderTest


class TestCore(LayerPromises, ResilienceTesting, LossesInTheTrace):
    def build(self, **options: Any) -> CoreUnderTest:
        return CoreUnderTest(self.era, **options)
