"""by_path: one WSGI application of several views, each with its own costs, chosen by the request's path.

It stands for Django's URLs where only the path decides. Both servers see
through it: a WSGI server asks which view will answer, and for workers each
view is a route of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chansim.channels.routing import Route
from chansim.channels.wsgi import WSGIApplication, view_as_consumer


def not_found(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The view of paths that have none."""
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"Not Found"]


class ByPath:
    """See :func:`by_path`."""

    def __init__(self, views: Mapping[str, WSGIApplication]):
        for path, view in views.items():
            if not isinstance(path, str) or not path.startswith("/"):
                raise ValueError(f"by_path: {path!r} is no path; a path is text that begins with '/'")
            if not callable(view):
                raise ValueError(
                    f"by_path: the view at {path!r} must be f(environ, start_response), not {view!r}"
                )
        self.views = tuple(sorted(views.items(), key=lambda entry: (-len(entry[0]), entry[0])))
        self.__name__ = "by_path"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByPath) and self.views == other.views

    def __hash__(self) -> int:
        return hash(self.views)

    def view_at(self, path: str) -> WSGIApplication:
        """The view that answers requests for *path*."""
        for known, view in self.views:
            if path == known or (known.endswith("/") and path.startswith(known)):
                return view
        return not_found

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.view_at(environ["PATH_INFO"])(environ, start_response)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The same as consumers of ``http.request``."""
        routes = [
            Route(
                "http.request",
                view_as_consumer(view),
                path=re.escape(path) + ("" if path.endswith("/") else r"\Z"),
            )
            for path, view in self.views
        ]
        return (*routes, Route("http.request", view_as_consumer(not_found)))


def by_path(views: Mapping[str, WSGIApplication]) -> ByPath:
    """One WSGI application of the *views*, each at its path: ``by_path({"/poll/": poll, "/": page})``.

    A path that ends in "/" stands for all beneath it too, the longest that fits
    wins, and what fits none is a 404. Raises ValueError, in words, for a path or
    a view that is none.
    """
    return ByPath(views)
