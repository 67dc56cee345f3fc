"""Misconceptions: what people believe of Channels and of queues, who said so, and the lesson that meets it."""

from __future__ import annotations

from typing import NamedTuple


class Misconception(NamedTuple):
    """A *belief*, and the *lesson* that meets it by name.

    *said*: by what the lesson names it, the issue in which it was held or the belief's own words; any of these.
    """

    belief: str
    lesson: str
    said: tuple[str, ...]


MISCONCEPTIONS = (
    Misconception("Channels makes my views faster", "04", ("channels 715",)),
    Misconception(
        "async frees the CPU; one slow handler is harmless", "06", ("asgiref 309", "channels 1821")
    ),
    Misconception(
        "a sync worker never blocks others; twenty are plenty", "06", ("channels 776", "channels 116")
    ),
    Misconception("more workers always help", "07", ("channels 643", "channels 669")),
    Misconception("a bigger capacity is safer", "07", ("OpenSlides", "channels 606")),
    Misconception("ChannelFull is a bug", "03", ("channels_redis 22",)),
    Misconception(
        "messages are guaranteed; Channels is a Celery", "08", ("channels 58", "channels 107", "Celery")
    ),
    Misconception(
        "a group send is atomic, all or nothing", "05", ("channels_redis 62", "channels_redis 109")
    ),
    Misconception("order is guaranteed", "08", ("issues/120", "channels 120")),
    Misconception("enforce_ordering makes it safe", "08", ("issues/393", "channels 393", "issues/195")),
    Misconception("the close is always seen", "09", ("channels 293", "channels 1704", "daphne 227")),
    Misconception("ghosts clean themselves up", "09", ("channels 686", "channels 315")),
    Misconception(
        "the in-memory layer spans processes", "03", ("channels 801", "channels 673", "channels 1900")
    ),
    Misconception(
        "one Redis is enough; two are twice as fast", "10", ("channels_redis 98", "One Redis is enough")
    ),
    Misconception("local layers are strictly better", "10", ("RedisLocal",)),
    Misconception("send() sends now", "04", ("channels 812", "channels 1029")),
    Misconception("a worker serves a connection", "02", ("daphne 79", "daphne 176")),
    Misconception("80 % busy is 20 % to spare; there is a knee", "01", ("MeasureIT",)),
    Misconception("my load test says p99 is 10 ms", "11", ("coordinated omission",)),
    Misconception("percentiles can be averaged", "11", ("averag",)),
    Misconception("a reconnect is one more connect", "09", ("channels 568",)),
)
