"""Class-based consumers of WebSockets: plain, JSON, and several streams on one socket.

The names and defaults are those of Channels 0.15 to 1.1. Code of each runs in
each era, but for what the era itself does not know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from chansim.channels.auth import channel_and_http_session_user_from_http, channel_session_user_from_http
from chansim.channels.exceptions import SendNotAvailableOnDemultiplexer
from chansim.channels.generic.base import BaseConsumer
from chansim.channels.message import Channel, Group, Message
from chansim.channels.sessions import enforce_ordering
from chansim.layer.contract import Content


class WebsocketConsumer(BaseConsumer):
    """The three messages of a WebSocket. Override :meth:`connect`, :meth:`receive` and :meth:`disconnect`.

    The socket is in the *groups*, or what :meth:`connection_groups` gives, from
    connect to disconnect. *http_user*: the browser's user is ``message.user``
    from connect on; *http_user_and_session*: its http session, too.
    *strict_ordering* and *slight_ordering*: see ``enforce_ordering``.
    """

    method_mapping: ClassVar[Mapping[str, str]] = {
        "websocket.connect": "raw_connect",
        "websocket.receive": "raw_receive",
        "websocket.disconnect": "raw_disconnect",
    }
    http_user = False
    http_user_and_session = False
    strict_ordering = False
    slight_ordering = False
    groups: Iterable[str] | None = None

    def get_handler(self, message: Message, **kwargs: Any) -> Callable[..., Any]:
        """See BaseConsumer.get_handler. From here on ``self.path`` is the WebSocket's."""
        self.path = message["path"]
        if self.http_user or self.http_user_and_session:
            self.channel_session_user = True
        handler = super().get_handler(message, **kwargs)
        if self.http_user_and_session:
            handler = channel_and_http_session_user_from_http(handler)
        elif self.http_user:
            handler = channel_session_user_from_http(handler)
        if self.strict_ordering:
            return enforce_ordering(handler)
        if self.slight_ordering:
            return enforce_ordering(handler, slight=True)
        return handler

    def connection_groups(self, **kwargs: Any) -> Iterable[str]:
        """The groups that a socket is in while it is connected."""
        return self.groups or ()

    def raw_connect(self, message: Message, **kwargs: Any) -> None:
        """Join the groups, then :meth:`connect`."""
        for group in self.connection_groups(**kwargs):
            Group(group).add(_reply_channel(message))
        self.connect(message, **kwargs)

    def connect(self, message: Message, **kwargs: Any) -> None:
        """A WebSocket wants to connect: accept it, where the era's wait for that."""
        if message.channel_layer.era.handshake_waits:
            _reply_channel(message).send({"accept": True})

    def raw_receive(self, message: Message, **kwargs: Any) -> None:
        """Call :meth:`receive` with the frame's text or bytes."""
        if "text" in message:
            self.receive(text=message["text"], **kwargs)
        else:
            self.receive(bytes=message["bytes"], **kwargs)

    def receive(self, text: Any = None, bytes: Any = None, **kwargs: Any) -> None:
        """A frame has come."""

    def send(self, text: Any = None, bytes: Any = None, close: bool | int = False) -> None:
        """Send a frame to this client, and then *close* the socket, if so. Raises ValueError for no frame."""
        if "multiplexer" in self.kwargs:
            raise SendNotAvailableOnDemultiplexer(
                f"{type(self).__name__} is one stream of several: it sends with kwargs['multiplexer'].send(...)"
            )
        _reply_channel(self.message).send(_frame(text, bytes, close))

    @classmethod
    def group_send(cls, name: str, text: Any = None, bytes: Any = None, close: bool | int = False) -> None:
        """Send a frame to all of a group. Raises ValueError for no frame."""
        Group(name).send(_frame(text, bytes, close))

    def close(self, status: bool | int = True) -> None:
        """Close the socket, with *status*, its code, where that is a number."""
        _reply_channel(self.message).send({"close": status})

    def raw_disconnect(self, message: Message, **kwargs: Any) -> None:
        """Leave the groups, then :meth:`disconnect`."""
        for group in self.connection_groups(**kwargs):
            Group(group).discard(_reply_channel(message))
        self.disconnect(message, **kwargs)

    def disconnect(self, message: Message, **kwargs: Any) -> None:
        """The WebSocket is closed."""


class JsonWebsocketConsumer(WebsocketConsumer):
    """A WebsocketConsumer whose frames are JSON text; a frame of bytes raises ValueError."""

    def raw_receive(self, message: Message, **kwargs: Any) -> None:
        """Call :meth:`receive` with what the frame's text says."""
        if "text" not in message:
            raise ValueError(f"{type(self).__name__} takes frames of text, in JSON; this one has no text")
        self.receive(self.decode_json(message["text"]), **kwargs)

    def receive(self, content: Any = None, **kwargs: Any) -> None:  # type: ignore[override]
        """A frame has come that says *content*."""

    def send(self, content: Any, close: bool | int = False) -> None:  # type: ignore[override]
        """Send *content* to this client, and then *close* the socket, if so."""
        super().send(text=self.encode_json(content), close=close)

    @classmethod
    def decode_json(cls, text: str) -> Any:
        """What *text* says."""
        return json.loads(text)

    @classmethod
    def encode_json(cls, content: Any) -> str:
        """*content* as text."""
        return json.dumps(content)

    @classmethod
    def group_send(cls, name: str, content: Any, close: bool | int = False) -> None:  # type: ignore[override]
        """Send *content* to all of a group."""
        WebsocketConsumer.group_send(name, cls.encode_json(content), close=close)


class WebsocketMultiplexer:
    """What the consumer of one stream sends with: its frames say which stream they belong to."""

    def __init__(self, stream: str, reply_channel: Channel):
        self.stream = stream
        self.reply_channel = reply_channel

    def send(self, payload: Any) -> None:
        """Send *payload* to this client, on this stream."""
        self.reply_channel.send(self.encode(self.stream, payload))

    @classmethod
    def encode_json(cls, content: Any) -> str:
        """*content* as text."""
        return json.dumps(content)

    @classmethod
    def encode(cls, stream: str, payload: Any) -> Content:
        """The message that says *payload* on *stream*."""
        return {"text": cls.encode_json({"stream": stream, "payload": payload})}

    @classmethod
    def group_send(cls, name: str, stream: str, payload: Any, close: bool | int = False) -> None:
        """Send *payload* to all of a group, on *stream*."""
        message = cls.encode(stream, payload)
        Group(name).send({**message, "close": close} if close else message)


class WebsocketDemultiplexer(JsonWebsocketConsumer):
    """Several streams on one WebSocket: frames are ``{"stream": ..., "payload": {...}}``.

    *consumers*, of Channels 1.0: the class-based consumer of each stream, called
    in this one's turn, and handed a *multiplexer* to send with. *mapping*, of
    0.17: the channel of each stream, on which the payload goes as a message.
    """

    consumers: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    mapping: ClassVar[Mapping[str, str]] = {}
    multiplexer_class = WebsocketMultiplexer

    def receive(self, content: Any = None, **kwargs: Any) -> None:  # type: ignore[override]
        """Hand the payload to its stream. Raises ValueError for a frame of another shape, or an unknown stream."""
        if not (
            isinstance(content, dict) and "stream" in content and isinstance(content.get("payload"), dict)
        ):
            raise ValueError(
                f'a frame of several streams is {{"stream": ..., "payload": {{...}}}}, not {content!r}'
            )
        stream, payload = content["stream"], content["payload"]
        if stream in self.mapping:
            Channel(self.mapping[stream]).send({**payload, "reply_channel": self.message["reply_channel"]})
        elif stream in self.consumers:
            self.message["text"] = self.encode_json(payload)
            self._call(stream, self.message, kwargs)
        else:
            known = ", ".join([*self.mapping, *self.consumers]) or "none"
            raise ValueError(f"{type(self).__name__} has no stream {stream!r}; its streams: {known}")

    def connect(self, message: Message, **kwargs: Any) -> None:
        """See WebsocketConsumer.connect; then each stream's consumer hears of it."""
        super().connect(message, **kwargs)
        for stream in self.consumers:
            self._call(stream, message, kwargs)

    def disconnect(self, message: Message, **kwargs: Any) -> None:
        """Each stream's consumer hears of it."""
        for stream in self.consumers:
            self._call(stream, message, kwargs)

    def _call(self, stream: str, message: Message, kwargs: dict[str, Any]) -> None:
        multiplexer = self.multiplexer_class(stream, _reply_channel(message))
        self.consumers[stream](message, **{**kwargs, "multiplexer": multiplexer})

    def send(self, stream: str, payload: Any) -> None:  # type: ignore[override]
        """Send *payload* to this client, on *stream* (Channels 0.17, that is, not with *consumers*)."""
        self._check_send("send")
        self.multiplexer_class(stream, _reply_channel(self.message)).send(payload)

    @classmethod
    def group_send(cls, name: str, stream: str, payload: Any, close: bool | int = False) -> None:  # type: ignore[override]
        """Send *payload* to all of a group, on *stream* (Channels 0.17, that is, not with *consumers*)."""
        cls._check_send("group_send")
        cls.multiplexer_class.group_send(name, stream, payload, close)

    @classmethod
    def encode(cls, stream: str, payload: Any) -> Content:
        """The message that says *payload* on *stream*."""
        return cls.multiplexer_class.encode(stream, payload)

    @classmethod
    def _check_send(cls, call: str) -> None:
        if cls.consumers:
            raise SendNotAvailableOnDemultiplexer(
                f"{cls.__name__}.{call}: with consumers it is the multiplexer that sends, "
                f"{cls.multiplexer_class.__name__}.{call}"
            )


def _reply_channel(message: Message) -> Channel:
    channel = message.reply_channel
    if channel is None:
        raise ValueError(
            f"a message of {message.channel_name!r} without a reply_channel comes from no WebSocket"
        )
    return channel


def _frame(text: Any, data: Any, close: bool | int) -> Content:
    if text is None and data is None:
        raise ValueError("a frame is text or bytes, and neither was given; to close the socket call close()")
    frame: Content = {"bytes": data} if text is None else {"text": text}
    return {**frame, "close": close} if close else frame
