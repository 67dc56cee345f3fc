"""Contents and heads of messages as bytes, for layers that leave the process. Nothing that comes in can run anything:
MessagePack builds data, and calls no code that is named there."""

from __future__ import annotations

from struct import Struct
from typing import Any, NamedTuple

from chansim.layer.contract import Content

_HEAD = Struct("<dIIdB")
_TAIL = Struct("<Id")
_NUMBER = Struct("<I")


class Head(NamedTuple):
    """What a layer knows of a message besides its content."""

    expires: float
    message: int
    request: int
    draw: float  #: the request's own; see World.draw
    channel: str


def packed(content: Content) -> bytes:
    """*content*, which chansim.layer.content has checked. Raises ValueError where it is nested too deeply."""
    import msgpack

    try:
        return bytes(msgpack.packb(content, unicode_errors="surrogatepass"))
    except ValueError as error:
        raise ValueError(f"the message cannot be sent to another process: {error}") from None


def unpacked(data: bytes) -> Any:
    """What :func:`packed` was given. Raises ValueError for what is none."""
    import msgpack

    def foreign(code: int, data: bytes) -> Any:
        raise ValueError(f"it holds something of a foreign kind, {code}")

    try:
        return msgpack.unpackb(data, unicode_errors="surrogatepass", ext_hook=foreign)
    except Exception as error:  # several of its own, and of Python's
        raise ValueError(f"{data[:40]!r} is no message of chansim: {error}") from error


def tail(request: int, draw: float) -> bytes:
    """The part of a head that all copies of a message share."""
    return _TAIL.pack(request, draw)


def body(number: int, tail: bytes, channel: str, content: bytes) -> bytes:
    """A message without its first field, when it expires: the layer's clock says that."""
    name = channel.encode()
    return b"".join((_NUMBER.pack(number), tail, bytes((len(name),)), name, content))


def numbers(them: list[int]) -> bytes:
    """The messages' numbers, one after the other."""
    return b"".join(map(_NUMBER.pack, them))


def head(entry: bytes) -> tuple[Head, bytes]:
    """The head of a message, and what follows it."""
    expires, message, request, draw, length = _HEAD.unpack_from(entry)
    end = _HEAD.size + length
    return Head(expires, message, request, draw, entry[_HEAD.size : end].decode()), entry[end:]
