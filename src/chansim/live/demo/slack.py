"""A stand-in for Slack: a small server that its bots cannot tell from the real one, as far as this demo's bot goes.

What may live here: the part of Slack's web API and of its real-time messaging (RTM) that djangobot used, and a page
on which people write in #general. It greets a bot with ``hello``, tells it of every event from then on, acknowledges
what it posts, and does not echo it. Nothing is kept but the last hundred lines.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from chansim.live.demo.page import SAFE, asset
from chansim.live.door import Door, Limits

GENERAL, BOT = "C00GENERAL", "U00BOT"
PEOPLE = {"U0ADA": "ada", "U0GRACE": "grace", BOT: "djangobot"}
LONGEST = 4000
"""Characters of a message."""


class StandInSlack:
    """The workspace, as an ASGI application. *token*: what a bot has to show."""

    def __init__(self, token: str, door: Door | None = None):
        self.token = token
        self.door = door or Door(limits=Limits(body=20_000, frame=20_000, connections=200))
        self.lines: deque[dict[str, str]] = deque(maxlen=100)
        self.tickets: set[str] = set()
        self.bots: set[asyncio.Queue[dict[str, Any]]] = set()
        self.open = 0
        self._last = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """See to one connection."""
        if scope["type"] == "lifespan":
            while (await receive())["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        refusal = self.door.refusal(scope, self.open)
        self.open += 1
        try:
            if scope["type"] == "websocket":
                await self.real_time(scope, receive, send, refusal is None)
            elif refusal is not None:
                await answer(send, refusal.status, "text/plain", refusal.words)
            else:
                await self.http(scope, receive, send)
        finally:
            self.open -= 1

    # -- the web API, and the page

    async def http(self, scope: Any, receive: Any, send: Any) -> None:
        """A method of the web API, or the page."""
        body = await self.body(receive)
        if body is None:
            await answer(send, 413, "text/plain", "That is too long.")
            return
        form = {key: values[0] for key, values in parse_qs(body.decode(errors="replace")).items()}
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = {**{key: values[0] for key, values in query.items()}, **form}
        path, headers = scope["path"], dict(scope["headers"])
        if path == "/":
            await answer(send, 200, "text/html", asset("slack.html"))
        elif path in ("/slack.js", "/chat.css"):
            kind = "text/javascript" if path.endswith("js") else "text/css"
            await answer(send, 200, kind, asset(path[1:]))
        elif path == "/history.json":
            await answer(send, 200, "application/json", json.dumps(list(self.lines)))
        elif path == "/say" and scope["method"] == "POST":
            origin = headers.get(b"origin", b"null").decode("latin-1")
            if not self.door.may_open(origin, headers.get(b"host", b"").decode("latin-1")):
                await answer(send, 403, "text/plain", "Pages from elsewhere may not write here.")
            else:
                user = given.get("user", "")
                self.say(user if user in PEOPLE and user != BOT else "U0ADA", given.get("text", ""))
                await answer(send, 200, "application/json", '{"ok": true}')
        elif path.startswith("/api/"):
            authorization = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
            told = self.method(path[5:], {"token": authorization, **given}, scope["server"])
            await answer(send, 200, "application/json", json.dumps(told))
        else:
            await answer(send, 404, "text/plain", "Not Found")

    async def body(self, receive: Any) -> bytes | None:
        """A request's body; None for one that is too large."""
        body, more = b"", True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
            if len(body) > self.door.limits.body:
                return None
        return body

    def method(self, name: str, given: dict[str, str], server: tuple[str, int]) -> dict[str, Any]:
        """Call a method of the web API."""
        if not secrets.compare_digest(given["token"].encode(), self.token.encode()):
            return {"ok": False, "error": "invalid_auth"}
        known: dict[str, Callable[[dict[str, str], tuple[str, int]], dict[str, Any]]] = {
            "rtm.connect": self.rtm_connect,
            "rtm.start": self.rtm_connect,
            "users.list": lambda given, server: {"members": named(PEOPLE)},
            "channels.list": lambda given, server: {"channels": named({GENERAL: "general"})},
            "conversations.list": lambda given, server: {"channels": named({GENERAL: "general"})},
            "chat.postMessage": self.post_message,
        }
        if name not in known:
            return {"ok": False, "error": "unknown_method"}
        told = known[name](given, server)
        return {"ok": "error" not in told, **told}

    def rtm_connect(self, given: dict[str, str], server: tuple[str, int]) -> dict[str, Any]:
        """A bot wants to hear of everything: where it connects to, once."""
        ticket = secrets.token_urlsafe(16)
        self.tickets.add(ticket)
        host, port = server
        return {
            "url": f"ws://{host}:{port}/rtm/{ticket}",
            "self": {"id": BOT, "name": PEOPLE[BOT]},
            "team": {"id": "T0", "name": "A stand-in"},
        }

    def post_message(self, given: dict[str, str], server: tuple[str, int]) -> dict[str, Any]:
        """A bot writes, without real-time messaging."""
        if given.get("channel") not in (GENERAL, "general", "#general"):
            return {"error": "channel_not_found"}
        return {"ts": self.say(BOT, given.get("text", "")), "channel": GENERAL}

    # -- real-time messaging

    async def real_time(self, scope: Any, receive: Any, send: Any, let_in: bool) -> None:
        """A bot's WebSocket."""
        await receive()
        ticket = scope["path"].removeprefix("/rtm/")
        if not let_in or ticket not in self.tickets:
            await send({"type": "websocket.close"})
            return
        self.tickets.discard(ticket)
        await send({"type": "websocket.accept"})
        news: asyncio.Queue[dict[str, Any]] = asyncio.Queue(1000)
        news.put_nowait({"type": "hello"})
        self.bots.add(news)
        telling = asyncio.create_task(self.tell(news, send))
        try:
            while (event := await receive())["type"] == "websocket.receive":
                told = self.heard(event.get("text") or "", news)
                await send({"type": "websocket.send", "text": json.dumps(told)})
        finally:
            self.bots.discard(news)
            telling.cancel()

    async def tell(self, news: asyncio.Queue[dict[str, Any]], send: Any) -> None:
        """Tell a bot of every event."""
        while True:
            event = await news.get()
            await send({"type": "websocket.send", "text": json.dumps(event)})

    def heard(self, text: str, by: asyncio.Queue[dict[str, Any]]) -> dict[str, Any]:
        """A bot says something: what it is told."""
        try:
            said = json.loads(text)
            kind, number, words = said["type"], said.get("id"), said.get("text", "")
        except (ValueError, TypeError, KeyError, AttributeError):
            return {"ok": False, "error": {"code": 1, "msg": "it is no event"}}
        if kind == "ping":
            return {"type": "pong", "reply_to": number}
        if kind != "message" or said.get("channel") not in (GENERAL, "general"):
            return {"ok": False, "reply_to": number, "error": {"code": 2, "msg": "it cannot be posted"}}
        return {"ok": True, "reply_to": number, "ts": self.say(BOT, str(words), by), "text": words}

    def say(self, user: str, text: str, by: asyncio.Queue[dict[str, Any]] | None = None) -> str:
        """Somebody writes in #general; every bot but the one who did is told. The moment, which is its name."""
        self._last = max(time.time(), self._last + 0.000_001)
        moment = f"{self._last:.6f}"
        text = text[:LONGEST]
        if text:
            self.lines.append({"ts": moment, "user": PEOPLE[user], "text": text})
            event = {"type": "message", "channel": GENERAL, "user": user, "text": text, "ts": moment}
            for bot in self.bots:
                if bot is not by and not bot.full():
                    bot.put_nowait(event)
        return moment


def named(things: dict[str, str]) -> list[dict[str, str]]:
    """Ids and names, as the web API lists them."""
    return [{"id": key, "name": name} for key, name in things.items()]


async def answer(send: Any, status: int, kind: str, body: bytes | str) -> None:
    """An HTTP response."""
    body = body.encode() if isinstance(body, str) else body
    headers = [(b"content-type", f"{kind}; charset=utf-8".encode()), (b"content-length", b"%d" % len(body))]
    headers += [(name.lower().encode(), value.encode()) for name, value in SAFE]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
