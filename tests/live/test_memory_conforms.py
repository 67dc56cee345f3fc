"""The in-memory layer keeps the promises of every layer, and those about waiting and threads."""

from typing import Any

from conformance import LayerPromises, LossesInTheTrace, ResilienceTesting, TimeoutPromises, WaitingPromises
from live.memory_under_test import MemoryUnderTest, WaitingMemory


class TestMemory(LayerPromises, ResilienceTesting, LossesInTheTrace):
    def build(self, **options: Any) -> MemoryUnderTest:
        return MemoryUnderTest(self.era, **options)


class TestMemoryThatWaits(WaitingPromises, TimeoutPromises):
    def build(self, **options: Any) -> WaitingMemory:
        return WaitingMemory(self.era, **options)
