"""Applications that chansim ships, written as in 2016: consumers, routing, and what their pages send; a file each."""

from chansim.applications import (
    chat,
    chat_messages,
    data_binding,
    events,
    liveblog,
    many_protocols,
    multichat,
    pages,
    polling,
    rooms,
    slack_chat,
)

__all__ = [
    "chat",
    "rooms",
    "chat_messages",
    "slack_chat",
    "multichat",
    "liveblog",
    "data_binding",
    "pages",
    "polling",
    "events",
    "many_protocols",
]
