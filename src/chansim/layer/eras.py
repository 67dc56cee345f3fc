"""Eras: what changed between June 2016 and Channels 1.1, as one frozen value that other files ask.

Nothing else may branch on the name of an era. Each field says one habit of the
historic stack; a component asks for the habit it needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Era:
    """The defaults and habits of one moment of the historic stack. Times in seconds."""

    name: str

    # the layer
    memory_capacity: int  #: messages a channel of the in-memory layer holds
    shared_capacity: int  #: messages a channel of the Redis layer holds
    expiry: float  #: how long a message may wait
    group_expiry: float  #: how long a membership lasts after it was last asked for
    longest_name: int  #: characters in the longest legal name of a channel or a group
    random_letters: (
        int  #: letters that the in-memory layer's ``new_channel`` adds to a pattern (Redis's added 12)
    )
    new_channel_marks: str  #: what the pattern given to ``new_channel`` may end in
    shared_replies: (
        bool  #: all names with the same part before "!" share one queue, received from under that part
    )

    # the worker
    sends_at_once: bool  #: what a consumer sends leaves at once; else when the consumer has ended
    flush_patience: float  #: how long a worker tries to send on a full channel what a consumer had sent
    accepts_unrouted: (
        bool  #: sockets that no route takes are accepted, and what they send is taken and dropped
    )
    can_deny: bool  #: DenyConnection and ChannelSocketException are known to the worker
    slight_ordering: bool  #: enforce_ordering(slight=True) is allowed
    wait_mark: str  #: in place of a reply channel's "!" in the name of the channel where early messages wait

    # the interface server
    poll: float  #: seconds between two looks at the layer that find nothing
    idle_poll: float  #: the same while no client is connected
    survives_bad_replies: bool  #: a reply that is none is logged; else the server reads no reply ever again
    handshake_waits: bool  #: a WebSocket opens when the application accepts it; else at once
    handshake_timeout: float  #: how long that may take before the connection is dropped
    #: a full channel closes the WebSocket (503, 1013); else the message is lost in silence
    refuses_when_full: bool
    #: where several hosts share the normal channels, each call takes the next; else one at random
    shards_in_turn: bool
    shards_by_low_bits: bool  #: which 12 bits of a name's CRC-32 say its shard: the lowest, else the highest
    http_timeout: float  #: how long a request waits for its response until it is told 503
    ping_interval: float  #: how long a WebSocket is silent before the server sends a ping
    ping_timeout: float | None  #: how long it waits for the pong; None: it does not


JUNE_2016 = Era(
    # channels 0.15.0, daphne 0.13.0, asgiref 0.13.3 and asgi_redis 0.13.0: the releases at the date of the talk
    name="june2016",
    memory_capacity=10,
    shared_capacity=100,
    expiry=60.0,
    group_expiry=86400.0,
    longest_name=100,
    random_letters=8,
    new_channel_marks="!?",
    shared_replies=False,
    sends_at_once=True,
    flush_patience=0.0,
    accepts_unrouted=False,
    can_deny=False,
    slight_ordering=True,
    wait_mark="!",
    poll=0.010,
    idle_poll=0.050,
    survives_bad_replies=False,
    handshake_waits=False,
    handshake_timeout=5.0,
    refuses_when_full=False,
    shards_in_turn=False,
    shards_by_low_bits=False,
    http_timeout=120.0,
    ping_interval=20.0,
    ping_timeout=None,
)

CHANNELS_10 = replace(
    # channels 1.0 and daphne 1.0 (January 2017), asgiref 1.0
    JUNE_2016,
    name="channels10",
    longest_name=99,
    sends_at_once=False,
    accepts_unrouted=True,
    can_deny=True,
    slight_ordering=False,
    survives_bad_replies=True,
    handshake_waits=True,
    refuses_when_full=True,
    ping_timeout=30.0,
)

CHANNELS_11 = replace(
    # channels 1.1.8, daphne 1.4.2 and asgiref 1.1.2 (2017 and 2018): the last of their kind
    CHANNELS_10,
    name="channels11",
    new_channel_marks="?",
    shared_replies=True,
    wait_mark="?",
    flush_patience=2.0,
    poll=0.050,
    shards_in_turn=True,  # asgi_redis 1.4.3; 1.0.0 was still as in June 2016
    shards_by_low_bits=True,
)

ERAS = {era.name: era for era in (JUNE_2016, CHANNELS_10, CHANNELS_11)}

IN_WORDS = "whose habits Channels and Daphne have; since channels10 an application must accept each socket"


def era_called(name: str | Era) -> Era:
    """The era of that name, or the era itself. Raises ValueError with the names there are."""
    if isinstance(name, Era):
        return name
    try:
        return ERAS[name]
    except (KeyError, TypeError):
        raise ValueError(f"era={name!r} is not known; eras: {', '.join(ERAS)}") from None
