"""The in-memory layer keeps the promises of every layer, and those about waiting."""

from typing import Any

from conformance import (
    ContentPromises,
    LayerPromises,
    LossesInTheTrace,
    ResilienceTesting,
    Suite,
    TimeoutPromises,
    WaitingPromises,
)
from live.memory_under_test import MemoryUnderTest, WaitingMemory


class OfMemory(Suite):
    def build(self, **options: Any) -> MemoryUnderTest:
        return MemoryUnderTest(self.era, **options)


class TestMemory(OfMemory, LayerPromises, ResilienceTesting, LossesInTheTrace):
    pass


class TestWhatMemoryCarries(OfMemory, ContentPromises):
    pass


class TestMemoryThatWaits(WaitingPromises, TimeoutPromises):
    def build(self, **options: Any) -> WaitingMemory:
        return WaitingMemory(self.era, **options)
