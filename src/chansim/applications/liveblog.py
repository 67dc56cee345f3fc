"""Liveblog: readers hold a WebSocket on which they only listen; whatever post is saved, all of them see.

Nothing takes what a reader sends: with no route for it, it stays on
``websocket.receive`` until it expires. Of the channels-examples of July 2016.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from chansim.channels import Group, Message, route

BLOGS = {"kittens": 1, "election": 2}
"""The blogs in the database: slug and id."""


def readers(slug: str) -> Group:
    """Those who read the blog with that slug."""
    return Group(f"liveblog-{BLOGS[slug]}")


def ws_connect(message: Message, slug: str) -> None:
    """Add a reader; one of a blog that does not exist is told so, and the socket closed."""
    if slug not in BLOGS:
        message.reply_channel.send({"text": json.dumps({"error": "bad_slug"}), "close": True})
        return
    readers(slug).add(message.reply_channel)


def ws_disconnect(message: Message, slug: str) -> None:
    """Take a reader out."""
    if slug in BLOGS:
        readers(slug).discard(message.reply_channel)


channel_routing = (
    route("websocket.connect", ws_connect, path=r"^/liveblog/(?P<slug>[^/]+)/stream/$"),
    route("websocket.disconnect", ws_disconnect, path=r"^/liveblog/(?P<slug>[^/]+)/stream/$"),
)


@dataclass(frozen=True)
class Post:
    """A post of a blog."""

    blog: str
    id: str
    body: str
    created: str

    def save(self) -> None:
        """Tell the readers. Of the database there is only what the view costs."""
        about = {"id": self.id, "html": f"<p>{self.body}</p>", "created": self.created}
        readers(self.blog).send({"text": json.dumps(about)})


def admin(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The view in which an editor writes: it saves the post that the form holds."""
    form = dict(parse_qsl(environ["wsgi.input"].read().decode()))
    Post(**form).save()
    start_response("302 Found", [("Location", "/admin/")])
    return [b""]


def nothing(member: int, number: int) -> None:
    """What a reader says."""
