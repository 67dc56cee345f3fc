"""The core keeps every promise of the layer by itself."""

from typing import Any

from conformance import ContentPromises, LayerPromises, LossesInTheTrace, ResilienceTesting, Suite
from layer.core_under_test import CoreUnderTest


class OfTheCore(Suite):
    def build(self, **options: Any) -> CoreUnderTest:
        return CoreUnderTest(self.era, **options)


class TestCore(OfTheCore, LayerPromises, ResilienceTesting, LossesInTheTrace):
    pass


class TestWhatTheCoreCarries(OfTheCore, ContentPromises):
    pass
