"""Link: what the processes of one run say to each other, over a socket of this machine or another.

The process outside, where the clients are, listens; each machine's process calls. They know each other by a secret that
they find in Redis. Every word is MessagePack: nothing that comes in can run anything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Connection
from typing import Any

from chansim.live.message_bytes import packed, unpacked
from chansim.model.world import Parcel, Socket
from chansim.trace import ThreadedRecorder

LARGEST = 4_000_000
"""Bytes of one word: a request with the largest body that a layer carries is smaller."""


class Closed(ConnectionError):
    """The other process is gone."""


class Link:
    """One end. Any thread may say something; one listens."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def to(cls, address: tuple[str, int], secret: bytes) -> Link:
        """Call the process outside."""
        return cls(Client(address, authkey=secret))

    def say(self, *words: Any) -> None:
        """Tell the other end. Raises Closed where it is gone, ValueError for what cannot be told."""
        data = packed({"": words})
        with self._lock:
            try:
                self._connection.send_bytes(data)
            except (OSError, ValueError) as error:
                raise Closed("the process at the other end is gone") from error

    def hear(self) -> list[Any]:
        """What the other end says next. Raises Closed where it is gone, or says what is no word of ours."""
        try:
            words = unpacked(self._connection.recv_bytes(LARGEST))[""]
        except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
            raise Closed("the process at the other end is gone") from error
        return list(words)

    def close(self) -> None:
        """Say and hear no more."""
        with suppress(OSError):
            self._connection.close()


class LinkRecorder(ThreadedRecorder):
    """Writes rows to the process outside, each at once: what was written is there, whatever becomes of this process."""

    def __init__(self, link: Link, first_message: int):
        super().__init__()
        self._link = link
        self._told = threading.RLock()
        self._next = first_message
        self._known: dict[str, int] = {}
        self._texts: list[str] = []
        self.code = self._code_of
        self.new_message = self._number
        self.add = self._row
        self.code("")

    def _code_of(self, text: str) -> int:
        code = self._known.get(text)
        if code is None:
            with self._told:
                code = self._known.get(text)
                if code is None:
                    code = len(self._known)
                    self._say("name", text)
                    self._texts.append(text)
                    self._known[text] = code
        return code

    def text(self, code: int) -> str:
        """What *code* stands for."""
        return self._texts[code]

    def _number(self) -> int:
        with self._told:
            self._next += 1
            return self._next

    def _row(self, row: bytes) -> None:
        self._say("row", row)

    def _say(self, *words: Any) -> None:
        with suppress(
            Closed
        ):  # the run is over, or the process outside is dead: whoever listens ends this one
            self._link.say(*words)


class SocketsBetween:
    """The sockets whose two ends are in two processes, each of which has an object of its own for them."""

    def __init__(self, code: Callable[[str], int], text: Callable[[int], str]):
        self._code = code
        self._text = text
        self._by_label: dict[str, Socket] = {}

    def told(self, socket: Socket | None) -> list[Any] | None:
        """A socket, in words."""
        if socket is None:
            return None
        label = self._text(socket.code)
        if label:
            self._by_label.setdefault(label, socket)
        return [label, socket.client, socket.member, socket.is_open, socket.reading]

    def heard(self, words: list[Any] | None) -> Socket | None:
        """The socket that these words are about: the one that this process knows, or a new one."""
        if words is None:
            return None
        label, client, member, is_open, reading = words
        socket = self._by_label.get(label) if label else None
        if socket is None:
            socket = Socket(self._code(label), client, member, is_open)
            socket.reading = reading
            if label:
                self._by_label[label] = socket
        return socket

    def labelled(self, label: str) -> Socket | None:
        """The socket of that label."""
        return self._by_label.get(label)


def parcel_in_words(
    parcel: Parcel, receiver: str, draw: float, text: Callable[[int], str], sockets: SocketsBetween
) -> list[Any]:
    """A parcel, and whom it is for, to be told another process."""
    return [
        receiver,
        parcel.sender,
        parcel.kind,
        text(parcel.channel),
        parcel.message,
        parcel.request,
        draw,
        text(parcel.detail),
        parcel.content,
        sockets.told(parcel.socket),
    ]


def parcel_of(
    words: list[Any], code: Callable[[str], int], sockets: SocketsBetween
) -> tuple[str, Parcel, float]:
    """Whom a parcel is for, the parcel, and its request's draw."""
    receiver, sender, kind, channel, message, request, draw, detail, content, socket = words
    found = Parcel(
        sender, kind, code(channel), message, request, code(detail), content, sockets.heard(socket)
    )
    return receiver, found, draw
