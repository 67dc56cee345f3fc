"""Redis servers that tests start themselves, on free ports of this machine, and stop again.

Where no redis-server is installed the tests that need one are skipped and say why; under CI they fail, so that they
cannot be lost without anybody noticing.
"""

import os
import shutil
import socket
import subprocess
import time

import pytest
import redis


class RedisServer:
    """One server that keeps nothing on disk."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        with redis.Redis.from_url(self.url) as client:
            for _ in range(1000):
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    time.sleep(0.01)
        raise AssertionError(f"the Redis server on port {self.port} does not answer")

    def stop(self) -> None:
        """Without goodbye; all that it held is gone."""
        self.process.kill()
        self.process.wait()

    def held(self, pattern: str = "*") -> list[str]:
        """What it holds."""
        with redis.Redis.from_url(self.url) as client:
            return sorted(key.decode() for key in client.keys(pattern))


def needed() -> None:
    """Skip the test, with the reason, where there is no server to be had."""
    if shutil.which("redis-server") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "no tests on a real Redis here: there is no redis-server on the path"
        )
