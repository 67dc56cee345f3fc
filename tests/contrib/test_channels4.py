"""A small real project of Channels 4, run as ever; what went through its layer can be looked at afterwards."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from channels.exceptions import ChannelFull
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.testing import WebsocketCommunicator

from chansim.contrib.channels4 import TracedLayer, run_of
from chansim.views import channel_heatmap, delivery_matrix, topology
from live.redis_servers import RedisServer
from model.tiny import books


class Chat(AsyncWebsocketConsumer):  # type: ignore[misc]
    """The talk's chat, as one writes it today."""

    async def connect(self) -> None:
        await self.channel_layer.group_add("chat", self.channel_name)
        await self.accept()

    async def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:
        await self.channel_layer.group_send("chat", {"type": "chat.message", "text": text_data})

    async def chat_message(self, event: dict[str, Any]) -> None:
        assert set(event) == {"type", "text"}
        await self.send(text_data=event["text"])

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("chat", self.channel_name)


async def two_chat(layer: TracedLayer) -> list[str]:
    heard = []
    clients = []
    for _ in range(2):
        client = WebsocketCommunicator(Chat.as_asgi(), "/chat/")
        clients.append(client)
        assert (await client.connect(timeout=20))[0]
    await clients[0].send_to(text_data="hello")
    for client in clients:
        heard.append(await client.receive_from(timeout=20))
    for client in clients:
        await client.disconnect(timeout=20)
    await layer.close()
    return heard


@pytest.mark.parametrize(
    "backend", ["channels.layers.InMemoryChannelLayer", "channels_redis.core.RedisChannelLayer"]
)
def test_a_project_is_run_as_ever_and_its_trace_is_a_run(
    backend: str, tmp_path: Path, two_redis_servers: list[RedisServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from channels.layers import channel_layers

    # it waits for 5 s at a time, and redis-py 8 for no more than that
    host = {"address": two_redis_servers[0].url, "socket_timeout": 30}
    config = {"hosts": [host]} if "redis" in backend else {}
    layer = TracedLayer({"BACKEND": backend, "CONFIG": config}, str(tmp_path / "{pid}.trace"))
    before = channel_layers.set("default", layer)
    try:
        assert asyncio.run(two_chat(layer)) == ["hello", "hello"]
    finally:
        channel_layers.backends.pop("default", None)
        if before is not None:
            channel_layers.set("default", before)
    run = run_of(layer.path)
    kept = books(run.trace)
    assert (kept.sent, kept.received, kept.waiting) == (2, 2, 0)
    assert [row.detail for row in run.trace.rows(event="joined")] == ["chat", "chat"]
    assert len(list(run.trace.rows(event="left"))) == 2
    assert "2 messages" in delivery_matrix(run).words
    assert "specific" in channel_heatmap(run).words
    assert "consumers → layer" in topology(run).words


def test_a_full_channel_is_in_the_trace_with_its_cause(tmp_path: Path) -> None:
    layer = TracedLayer(
        {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1}},
        str(tmp_path / "full.trace"),
    )

    async def fill() -> dict[str, Any]:
        await layer.send("jobs", {"type": "one"})
        with pytest.raises(ChannelFull):
            await layer.send("jobs", {"type": "two"})
        found: dict[str, Any] = await layer.receive("jobs")
        return found

    assert asyncio.run(fill()) == {"type": "one"}
    assert layer.capacity == 1
    layer.save()
    assert books(run_of(layer.path).trace).lost == {"full": 1}
