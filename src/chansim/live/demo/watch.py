"""Watch: the trace of a server that is running, as JSON, for a page to draw. It is asked for beside the layer.

Were it a view, every look would be a message itself, and looking at the picture would change it. So it stands before
the interface server and answers itself; all else goes through.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from chansim.live.demo.page import SAFE
from chansim.live.door import Door
from chansim.trace import EVENTS, Recorder

PATH = "/watch.json"

MOST = 2000
"""Rows that are told at once: the newest."""


class Watch:
    """*application*, and before it the trace that *recorder* holds so far, at ``/watch.json?since=ROW``.

    The answer has the number of rows there are, by which to ask for those that come after, and the rows: seconds,
    event, component, channel, message, request, detail.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        recorder: Recorder,
        clock: Callable[[], float],
        door: Door,
        about: dict[str, Any],
    ):
        self.application = application
        self.recorder = recorder
        self.clock = clock
        self.door = door
        self.about = about

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """See to one connection."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.application(scope, receive, send)
            return
        refusal = self.door.refusal(scope, 0)
        body = refusal.words.encode() if refusal else json.dumps(self.told(scope["query_string"])).encode()
        kind = b"text/plain" if refusal else b"application/json"
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        headers += [(name.lower().encode(), value.encode()) for name, value in SAFE]
        status = refusal.status if refusal else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def told(self, query: bytes) -> dict[str, Any]:
        """What has happened since the row that *query* names."""
        asked = parse_qs(query.decode("latin-1")).get("since", ["0"])[0]
        since = int(asked) if asked.isdigit() and len(asked) < 16 else 0
        following, columns = self.recorder.read(since)
        there = len(columns["t"])
        skipped = max(0, there - MOST)
        names = self.recorder.names()
        rows = [
            [
                round(t, 6),
                EVENTS[event],
                names[component],
                names[channel],
                message,
                request,
                names[detail],
            ]
            for t, event, component, channel, message, request, detail in zip(
                *(column[skipped:] for column in columns.values()), strict=True
            )
        ]
        return {"now": self.clock(), "next": following, "rows": rows, **self.about}
