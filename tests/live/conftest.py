"""Servers that the tests of the executed world share."""

from collections.abc import Iterator

import pytest

from live.redis_servers import RedisServer, needed


@pytest.fixture(scope="session")
def two_redis_servers() -> Iterator[list[RedisServer]]:
    """Two that go on for all tests. Who uses them keeps to a prefix of his own."""
    needed()
    servers = [RedisServer(), RedisServer()]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """One that a test may stop and start."""
    needed()
    server = RedisServer()
    yield server
    server.stop()
