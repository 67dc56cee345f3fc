"""The demo of slide 27, live: the talk's chat on loopback, for real browsers, and the trace of every word.

    from chansim.live.demo import start
    demo = start()      # a link to the page; player(demo) follows its messages
    demo.stop()

``chansim demo`` and ``make demo`` do the same from a terminal.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

from chansim.live.background import Begun
from chansim.live.demo.scenario import chat_with_people
from chansim.live.demo.watch import Watch
from chansim.live.door import LOOPBACK, Door, Limits
from chansim.live.hosting import HERE
from chansim.live.load import SocketsWorld
from chansim.live.rolling import RollingRecorder
from chansim.scenario import Scenario

__all__ = ["Demo", "start"]

LIMITS = Limits(connections=500, headers=16_000, body=64_000, frame=16_000, idle=3600.0, unread=1_000_000)
"""What one classroom needs, and no more."""


ROWS = 100_000
"""Rows of the trace that are kept, the newest: a thousand lines to thirty people, and 8 MB."""


class DemoWorld(SocketsWorld):
    """The executed world, whose server people look at, at an address that is told."""

    def __init__(self, scenario: Scenario, address: str, port: int, hosts: Sequence[str], rows: int = ROWS):
        self._most = rows
        super().__init__(scenario, seed=1)
        self.address = address
        self.port = port
        self.door = Door(hosts=tuple(hosts), limits=LIMITS)

    def new_recorder(self) -> RollingRecorder:
        return RollingRecorder(self._most)

    def before(self, application: Callable[..., Any]) -> Callable[..., Any]:
        about = {"slack": self.shared("slack").url}
        return Watch(application, self.recorder, lambda: self.now, self.door, about)


class Demo(Begun):
    """The chat that is running: ``url`` is its page, ``slack_url`` the page of the Slack beside it.

    It is a run that grows: ``chansim.widgets.player(demo)`` follows it, and ``demo.stop()`` ends it. Then
    ``demo.run()`` is a run like any other.
    """

    def __init__(self, world: DemoWorld):
        super().__init__(world, None)
        self.url: str = world.shared("daphne").url + "/"
        self.slack_url: str = world.shared("slack").url + "/"

    def _repr_html_(self) -> str:
        url, slack = html.escape(self.url), html.escape(self.slack_url)
        link = '<a href="{0}" target="_blank" rel="noopener">{0}</a>'
        return (
            f"<p>The chat: {link.format(url)} (open it in two tabs). Slack: {link.format(slack)}. "
            "<code>demo.stop()</code> ends it.</p>"
        )


def start(
    *,
    workers: int = 3,
    port: int = 0,
    address: str = HERE,
    hosts: Sequence[str] = LOOPBACK,
    rows: int = ROWS,
) -> Demo:
    """Start the chat, with so many *workers*, and return at once.

    *port*: 0 for a free one. *address*: loopback, unless you say otherwise; then anybody who reaches this machine can
    read and write, and *hosts* has to say by which names, such as ``["192.168.1.20"]``. *rows*: of its trace so many
    are kept, the newest, so that it may be left running. Raises NotStarted, in words, where it cannot listen.
    """
    if address not in LOOPBACK and set(hosts) <= set(LOOPBACK):
        hosts = (*hosts, address) if address not in ("0.0.0.0", "::") else hosts
    return Demo(DemoWorld(chat_with_people(workers), address, port, hosts, rows))
