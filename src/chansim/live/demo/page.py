"""The demo's page and its assets, as slide 25 asks: one view to serve them. It is a plain WSGI callable."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any

ASSETS = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/chat.css": ("chat.css", "text/css; charset=utf-8"),
    "/chat.js": ("chat.js", "text/javascript; charset=utf-8"),
    "/space_time.js": ("space_time.js", "text/javascript; charset=utf-8"),
}

SAFE = [
    # no script but the page's own files: what a chatter types is text, and would stay text if a page forgot it
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]


@cache
def asset(name: str) -> bytes:
    """A file of the demo."""
    return (files("chansim.live.demo") / "static" / name).read_bytes()


def page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The page, or one of its assets."""
    found = ASSETS.get(environ["PATH_INFO"])
    if found is None:
        start_response("404 Not Found", [("Content-Type", "text/plain"), *SAFE])
        return [b"Not Found"]
    name, kind = found
    body = asset(name)
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body))), *SAFE])
    return [body]
