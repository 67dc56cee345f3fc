"""The bot: an interface server that is a client itself, of Slack. It is djangobot 0.1's way, on today's libraries.

It asks the web API where to connect, holds one WebSocket, and turns each event of Slack's into a message on the
channel ``slack.`` and the event's type, with names in place of ids. Every tenth of a second it takes one message from
``slack.send`` and posts it. The layer cannot tell it from Daphne. What broke off, it begins anew after a while.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection, connect

from chansim.layer.contract import ChannelFull
from chansim.live.wire import Line
from chansim.model.slack_bot import GREETING
from chansim.trace import BEGUN, ENDED, Recorder

LOOK = 0.1
"""Seconds between two looks for what it is to post; each takes one message at most."""

AGAIN = 2.0
"""Seconds until it tries again to connect."""


class Bot:
    """*url*: where Slack's web API is; *token*: what it shows there. *layer*: an InMemoryLayer, used as *name*.

    *line* tells the trace what passes between it and Slack. *report* is told, in words, what goes wrong.
    """

    def __init__(
        self,
        url: str,
        token: str,
        layer: Any,
        *,
        name: str,
        line: Line,
        recorder: Recorder,
        clock: Callable[[], float],
        report: Callable[[str], None],
    ):
        self.url = url
        self.token = token
        self.layer = layer
        self.name = name
        self.line = line
        self.recorder = recorder
        self.clock = clock
        self.report = report
        self.code = recorder.code(name)
        self.ids: dict[str, str] = {}
        self._number = count(1).__next__
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._drive, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Hang up."""
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(10.0)

    def _drive(self) -> None:
        self._task = self._loop.create_task(self.run())
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()

    async def run(self) -> None:
        """Connect, for as long as it lives."""
        while True:
            try:
                await self.connected()
            except (OSError, httpx.HTTPError, websockets.WebSocketException, ValueError, KeyError) as error:
                self.report(f"{self.name}: the connection to Slack broke off: {error!r}")
            await asyncio.sleep(AGAIN)

    async def connected(self) -> None:
        """One connection to Slack, from its beginning to its end."""
        async with httpx.AsyncClient(base_url=self.url, timeout=10.0, trust_env=False) as web:
            for method, key in (("users.list", "members"), ("conversations.list", "channels")):
                for each in (await self.call(web, method))[key]:
                    self.ids[each["id"]] = each["name"]
                    if key == "channels" and each["name"] == "general":
                        self.general = each["id"]
            where = (await self.call(web, "rtm.connect"))["url"]
        async with connect(where, proxy=None, compression=None, max_size=100_000) as socket:
            posting = asyncio.create_task(self.post_all(socket))
            try:
                await self.post(socket, GREETING, 0)
                async for text in socket:
                    self.from_slack(json.loads(text))
            finally:
                posting.cancel()

    async def call(self, web: httpx.AsyncClient, method: str) -> Any:
        """A method of the web API. Raises ValueError for a no."""
        told = (await web.post(f"/api/{method}", data={"token": self.token})).json()
        if not told["ok"]:
            raise ValueError(f"{method}: {told['error']}")
        return told

    def from_slack(self, event: Any) -> None:
        """An event becomes a message; an acknowledgement has no type, and is none."""
        kind = event.get("type")
        if not kind:
            return
        named = {
            key: self.ids.get(value, value) if isinstance(value, str) else value
            for key, value in event.items()
        }
        message, request = self.line.came("frame" if kind == "message" else kind)
        write = self.recorder.write
        write(self.clock(), BEGUN, self.code, 0, message, request)
        try:
            self.layer.send(
                f"slack.{kind}", {"text": json.dumps(named).encode()}, by=self.name, request=request
            )
        except ChannelFull as error:
            self.report(f"{self.name}: {error!r} for an event of Slack's, which is lost")
        write(self.clock(), ENDED, self.code, 0, message, request)

    async def post_all(self, socket: ClientConnection) -> None:
        """Look, at fixed moments, for what is to be posted."""
        while True:
            await asyncio.sleep(LOOK)
            envelope = self.layer.take(("slack.send",), by=self.name)
            if envelope is None:
                continue
            _, channel, content, message, request, _, _ = envelope
            self.recorder.write(self.clock(), BEGUN, self.code, channel, message, request)
            await self.post(socket, str(content.get("text", "")), request)
            self.recorder.write(self.clock(), ENDED, self.code, channel, message, request)

    async def post(self, socket: ClientConnection, text: str, request: int) -> None:
        """Say something in #general."""
        said = {"id": self._number(), "type": "message", "channel": self.general, "text": text}
        self.line.goes("frame", request)
        await socket.send(json.dumps(said))
