"""A page and its assets (slide 8): as WSGI views, and with a consumer that has the assets pushed.

The consumer does what the ASGI draft calls server push: it sends the requests
that the page's reader will make anyway, before the page itself.
"""

from collections.abc import Callable, Iterable
from typing import Any

from chansim.channels import Message, by_path, route

ASSETS = tuple(f"/assets/{number}" for number in range(1, 21))
"""What the page needs: scripts, styles, pictures."""


def page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The page, which names its assets."""
    start_response("200 OK", [("Content-Type", "text/html")])
    return [f'<img src="{path}">'.encode() for path in ASSETS]


def asset(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One of them."""
    start_response("200 OK", [("Content-Type", "image/png")])
    return [environ["PATH_INFO"].encode()]


views = by_path({"/assets/": asset, "/": page})


def page_with_push(message: Message) -> None:
    """The page, and before it all that belongs to it."""
    assert message.reply_channel is not None
    for path in ASSETS:
        message.reply_channel.send({"request": {"path": path}})
    headers = [[b"content-type", b"text/html"]]
    message.reply_channel.send({"status": 200, "headers": headers, "content": b"<img>" * len(ASSETS)})


push_routing = (route("http.request", page_with_push, path=r"/\Z"),)
"""To be put before the views: only the page itself is different."""
