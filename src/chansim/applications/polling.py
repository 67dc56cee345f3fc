"""Hearing of events over HTTP: what an application does for polls and for long polls.

Behind a WSGI server a long poll holds its worker until something happens.
Behind a channel layer a consumer parks the client's reply channel in a group and
is done; another consumer, when something happens, answers whoever is there.
Each of the two waits 2 ms, for a database perhaps: an order of magnitude.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chansim.channels import Costs, Group, Message, by_path, costs, route
from chansim.channels.by_path import ByPath
from chansim.duration import Duration, as_duration


def page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """An ordinary page; it costs what the application says."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a page"]


def poll(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """What is new for this client; 204 if nothing is."""
    new = int(environ["QUERY_STRING"].partition("new=")[2] or 0)
    start_response("200 OK" if new else "204 No Content", [("Content-Type", "text/plain")])
    return [b"something happened\n"] * new


polling = by_path({"/poll/": poll, "/": page})


@dataclass(frozen=True)
class LongPoll:
    """A view that waits for something to happen: *held*, in seconds or a law, says for how long."""

    held: float | Duration = 30.0

    __name__ = "long_poll"

    @property
    def costs(self) -> Costs:
        """It only waits."""
        return Costs(io=as_duration(self.held, "held"))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"something happened"]


def long_polling(held: float | Duration = 30.0) -> ByPath:
    """Pages, and long polls that are *held*: ``EventOrTimeout(10.0, 30.0)``, or a number of seconds."""
    return by_path({"/poll/": LongPoll(held), "/": page})


@costs(io=0.002)
def park(message: Message, member: str) -> None:
    """A long poll: keep its reply channel where the event will find it."""
    assert message.reply_channel is not None
    Group(f"poll-{member}").add(message.reply_channel)


@costs(io=0.002)
def happened(message: Message) -> None:
    """Something happened for a member: answer it."""
    Group(f"poll-{message['member']}").send({"status": 200, "headers": [], "content": b"something happened"})


@costs()
def over(message: Message) -> None:
    """A request is over: forget its reply channel. Until August 2016 the message did not say which path it was of."""
    head, _, member = message.content.get("path", "").rpartition("/")
    if head == "/poll" and message.reply_channel is not None:
        Group(f"poll-{member}").discard(message.reply_channel)


parking = (
    route("http.request", park, path=r"/poll/(?P<member>\d+)\Z"),
    route("event", happened),
    route("http.disconnect", over),
)
"""To be put before the pages."""

holding = long_polling()
"""For a WSGI server: each long poll holds its worker for 30 s, in which nothing happens."""
