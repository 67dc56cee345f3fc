"""What application code raises to tell the worker, or the view, something that is no error."""

from __future__ import annotations

from chansim.channels.message import Message


class ConsumeLater(Exception):
    """Raised in a consumer: this message cannot be dealt with yet; put it back at the end of its channel.

    A message comes back ten times at most; then it is dropped.
    """


class DenyConnection(Exception):
    """Raised in a consumer of ``websocket.connect``: do not let this client in (Channels 1.0)."""


class ResponseLater(BaseException):
    """Raised in a view: another consumer will answer this request, so nothing is answered now.

    It is no Exception, so that no framework takes it for a fault of the view and answers 500.
    """


class RequestTimeout(Exception):
    """The body of a request does not come as fast as it must; the client is told 408."""


class RequestAborted(Exception):
    """The client left in the middle of the body of its request; nobody is left to answer."""


class ChannelSocketException(Exception):
    """Raised in a consumer: end here, and let the worker call :meth:`run` (Channels 1.0)."""

    def run(self, message: Message) -> None:
        """What to do about *message*, whose consumer raised this."""
        raise NotImplementedError(f"{type(self).__name__} does not say what to run: give it a run(message)")


class WebsocketCloseException(ChannelSocketException):
    """Raised in a consumer of a WebSocket: close it, with *code*: 1000, or from 3000 to 4999, as RFC 6455 has it.

    Raises ValueError for another code. (Channels meant to, but let every whole number pass.)
    """

    def __init__(self, code: int | None = None):
        if code is not None and code != 1000 and not 3000 <= code <= 4999:
            raise ValueError(f"code={code!r}: a WebSocket is closed with 1000, or a code from 3000 to 4999")
        super().__init__(code)
        self.code = code

    def run(self, message: Message) -> None:
        """Close the socket that *message* came from. Raises ValueError where it is none."""
        if message.reply_channel is None or not message.channel.name.startswith("websocket."):
            raise ValueError(
                f"a message of {message.channel.name!r} comes from no WebSocket that could be closed"
            )
        message.reply_channel.send({"close": self.code or True})


class SendNotAvailableOnDemultiplexer(Exception):
    """Raised where a stream's consumer sends for itself; it sends with the *multiplexer* that it is handed."""
