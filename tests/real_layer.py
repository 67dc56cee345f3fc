"""RealLayer: the in-memory layer as a consumer sees it, for tests that play the worker themselves."""

from collections.abc import Callable, Sequence
from random import Random

from chansim.channels import Message
from chansim.channels.message import using
from chansim.channels.routing import Router
from chansim.channels.sessions import SessionStore
from chansim.layer.core import Envelope
from chansim.layer.eras import era_called
from chansim.live.memory import InMemoryLayer


class RealLayer(InMemoryLayer):
    """An in-memory layer, with what a worker adds to it. *afterwards* calls wait for :meth:`settle`.

    Its own rules are those of June 2016; *era* is what it tells consumers.
    """

    sessions = SessionStore()  # of each layer its own, below

    def __init__(self, era: str = "june2016", capacity: int = 100, seed: int = 1):
        super().__init__(capacity=capacity, random=Random(seed))
        self.era = era_called(era)
        self.sessions = SessionStore()
        self.later: list[Callable[[], None]] = []

    def receive_at_once(self, channels: Sequence[str]) -> Envelope | None:
        return self.take(tuple(channels))

    def resend(self, envelope: Envelope, channel: str) -> None:
        self.send(channel, envelope.content, request=envelope.request)

    def afterwards(self, function: Callable[[], None]) -> None:
        self.later.append(function)

    def settle(self) -> None:
        """What was sent has arrived."""
        later, self.later = self.later, []
        for function in later:
            function()

    def waiting(self, channel: str) -> list[dict[str, object]]:
        """Take all messages of *channel*."""
        return [content for _, content in iter(lambda: self.receive_many([channel]), (None, None))]


def work(layer: RealLayer, router: Router) -> int:
    """Do as a worker does until nothing waits; how many messages it took."""
    done = 0
    while (envelope := layer.take(router.channels)) is not None:
        message = Message(envelope.content, envelope.channel)
        matched = router.match(message)
        assert matched is not None
        consumer, arguments = matched
        with using(layer):
            consumer(message, **arguments)
        layer.settle()
        done += 1
    return done
