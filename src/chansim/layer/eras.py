"""Eras: what changed between June 2016 and Channels 1.1, as one frozen value that other files ask.

Nothing else may branch on the name of an era.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Era:
    """The defaults and habits of one moment of the historic stack. Times in seconds."""

    name: str
    memory_capacity: int  #: messages a channel of the in-memory layer holds
    shared_capacity: int  #: messages a channel of the Redis layer holds
    expiry: float  #: how long a message may wait
    group_expiry: float  #: how long a membership lasts after it was last asked for
    random_letters: int  #: letters that ``new_channel`` adds to a pattern


JUNE_2016 = Era(
    # asgiref 0.13.3 and asgi_redis 0.13.0, the releases at the date of the talk
    name="june2016",
    memory_capacity=10,
    shared_capacity=100,
    expiry=60.0,
    group_expiry=86400.0,
    random_letters=8,
)

_ERAS = {era.name: era for era in (JUNE_2016,)}


def era_called(name: str) -> Era:
    """The era of that name. Raises ValueError with the names there are."""
    try:
        return _ERAS[name]
    except (KeyError, TypeError):
        raise ValueError(f"era={name!r} is not known; eras: {', '.join(_ERAS)}") from None
