"""Shards: which of several hosts that share one layer's work a name belongs to.

The rules are those of asgi_redis 0.13.0 and 1.0.0, and of 1.4.3. Neither is a
ring with little movement: with another number of hosts most names move.
"""

from __future__ import annotations

import math
import zlib

from chansim.layer.eras import JUNE_2016, Era
from chansim.layer.names import queue_of

SLOTS = 4096
"""Into so many are names divided: 12 bits."""


def shard_of(name: str, shards: int, era: Era = JUNE_2016) -> int:
    """The shard, from 0 to *shards* - 1, of a channel with one reader, or of a group."""
    checksum = zlib.crc32((queue_of(name) if era.shared_replies else name).encode())
    if era.shards_by_low_bits:
        return int((checksum & (SLOTS - 1)) / (SLOTS / shards))
    return (checksum >> 20) // math.ceil(SLOTS / shards)
