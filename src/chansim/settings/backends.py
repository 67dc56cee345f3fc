"""Backends: the classes of channel layer of the time, and how far each reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

EVERY_LAYER = ("expiry", "group_expiry", "capacity", "channel_capacity")
"""The options that every layer has, and that chansim's has too."""

IN_REDIS = (*EVERY_LAYER, "hosts", "prefix", "symmetric_encryption_keys", "stats_prefix", "connection_kwargs")
IN_SHARED_MEMORY = (*EVERY_LAYER, "prefix", "channel_memory", "message_memory", "group_memory")


@dataclass(frozen=True)
class Backend:
    """A class of channel layer.

    *reach*: how far apart those may be who share it: the threads of one
    "process", the processes of one "machine", or "anywhere"; "local" is
    RedisLocal, whose normal channels stay on their machine while replies and
    groups go anywhere. *options*: what CONFIG may hold.
    """

    path: str
    reach: str
    options: tuple[str, ...]
    about: str

    @property
    def has_redis(self) -> bool:
        """Whether it needs a Redis server."""
        return "hosts" in self.options


BACKENDS = {
    backend.path: backend
    for backend in (
        Backend(
            "asgiref.inmemory.ChannelLayer",
            "process",
            EVERY_LAYER,
            "queues in the memory of one process, for its threads only",
        ),
        Backend(
            "asgi_ipc.IPCChannelLayer",
            "machine",
            IN_SHARED_MEMORY,
            "queues in memory that the processes of one machine share",
        ),
        Backend(
            "asgi_redis.RedisChannelLayer",
            "anywhere",
            IN_REDIS,
            "queues in Redis, for every process that reaches it, on any machine",
        ),
        Backend(
            "asgi_redis.RedisLocalChannelLayer",
            "local",
            IN_REDIS,
            "queues in the shared memory of each machine, but replies and groups in Redis",
        ),
    )
}
"""By the path that BACKEND gives."""


def out_of_reach(
    backend: Backend, workers: Sequence[int], command: str, hosts: Sequence[str]
) -> Iterator[str]:
    """Why a deployment cannot work with *backend*, a sentence each; none if it can.

    It has so many *workers* on each machine, started by *command*; *hosts* are
    the machines of the Redis servers, "" for localhost.
    """
    path, machines = backend.path, len(workers)
    if backend.reach == "process" and command == "runworker":
        yield (
            f"{path} keeps its messages in one process: Daphne and the workers that runworker starts are processes "
            "of their own, and none would ever see a message of another's; give command='runserver', or a layer "
            "that reaches farther, such as asgi_redis.RedisChannelLayer"
        )
    if machines == 1:
        return
    sites = f"{machines} machines would be {machines} sites that know nothing of each other"
    if backend.reach == "process":
        yield f"{path} keeps its messages in one process: {sites}; give machines=1, or asgi_redis.RedisChannelLayer"
    if backend.reach == "machine":
        yield (
            f"{path} keeps its messages in the memory of one machine: {sites}, and a group would reach only the "
            "members on the sender's; give machines=1, or asgi_redis.RedisChannelLayer"
        )
    if backend.has_redis and not all(hosts):
        yield (
            f"{path} would look for Redis on localhost, which means another machine on each: {sites}; "
            "give hosts=[('redis.example', 6379)]"
        )
    if backend.reach == "local":
        for number, there in enumerate(workers, 1):
            if not there:
                yield (
                    f"{path} keeps normal channels on their machine, and machine {number} has no worker: whatever its "
                    "interface server sends is read by nobody; every machine with an interface server needs workers"
                )
