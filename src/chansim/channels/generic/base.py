"""BaseConsumer: what every class-based consumer is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from chansim.channels.auth import channel_session_user
from chansim.channels.message import Message
from chansim.channels.routing import RouteClass, route_class
from chansim.channels.sessions import channel_session


class BaseConsumer:
    """A class whose instance deals with one message: *method_mapping* says which method, by the message's channel.

    The class is the consumer: a route leads to it with :func:`route_class`, the
    worker calls it with each message, and ``@costs`` on it declares what any of
    its messages takes. With *channel_session* or *channel_session_user* the
    message has that.
    """

    method_mapping: ClassVar[Mapping[str, str]] = {}
    channel_session = False
    channel_session_user = False

    def __init__(self, message: Message, **kwargs: Any):
        self.message = message
        self.kwargs = kwargs
        self.dispatch(message, **kwargs)

    @classmethod
    def channel_names(cls) -> set[str]:
        """The channels whose messages it takes."""
        return set(cls.method_mapping)

    @classmethod
    def as_route(cls, attrs: Mapping[str, Any] | None = None, **filters: str) -> RouteClass:
        """The route to this class, or to one like it with other attributes."""
        return route_class(type(cls.__name__, (cls,), dict(attrs)) if attrs else cls, **filters)

    def get_handler(self, message: Message, **kwargs: Any) -> Callable[..., Any]:
        """The method for *message*, with the decorators it is to have."""
        handler: Callable[..., Any] = getattr(self, self.method_mapping[message.channel_name])
        if self.channel_session_user:
            return channel_session_user(handler)
        if self.channel_session:
            return channel_session(handler)
        return handler

    def dispatch(self, message: Message, **kwargs: Any) -> Any:
        """Call the method for *message*."""
        return self.get_handler(message, **kwargs)(message, **kwargs)
