"""A site's consumers as they were written in June 2016; only ``channels`` has become ``chansim.channels``.

A chat whose rooms are taken from the path, with the name of whoever speaks;
what is said is kept by a consumer of its own. Beside it a notebook for one,
with a class-based consumer, and a view that is polled for news.
"""
# mypy: ignore-errors
# ruff: noqa: UP031, RUF005
# fmt: off

import json

from chansim.channels import Channel, Group
from chansim.channels.auth import channel_session_user, channel_session_user_from_http
from chansim.channels.exceptions import ConsumeLater
from chansim.channels.generic.websockets import JsonWebsocketConsumer
from chansim.channels.routing import include, route, route_class
from chansim.channels.sessions import channel_session, enforce_ordering

saved = []  # the table of messages


# Connected to chat-messages
def msg_consumer(message):
    if message.content.get("busy"):
        raise ConsumeLater()
    saved.append((message.content["room"], message.content["message"]))
    # Broadcast to listening sockets
    Group("chat-%s" % message.content["room"]).send({
        "text": message.content["message"],
    })


# Connected to websocket.connect
@enforce_ordering(slight=True)
@channel_session_user_from_http
def ws_connect(message, room):
    # Work out what to call them
    name = message.user.username if message.user.is_authenticated() else "someone"
    message.channel_session["room"] = room
    message.channel_session["name"] = name
    Group("chat-%s" % room).add(message.reply_channel)


# Connected to websocket.receive
@enforce_ordering(slight=True)
@channel_session
def ws_message(message):
    # Stick the message onto the processing queue
    Channel("chat-messages").send({
        "room": message.channel_session["room"],
        "message": "%s: %s" % (message.channel_session["name"], message["text"]),
    })


# Connected to websocket.disconnect
@enforce_ordering(slight=True)
@channel_session_user
def ws_disconnect(message):
    Group("chat-%s" % message.channel_session["room"]).discard(message.reply_channel)


class Notebook(JsonWebsocketConsumer):

    channel_session = True
    strict_ordering = True

    def connect(self, message, **kwargs):
        message.channel_session["lines"] = []

    def receive(self, content, **kwargs):
        lines = self.message.channel_session["lines"]
        if content["command"] == "add":
            self.message.channel_session["lines"] = lines + [content["line"]]
        elif content["command"] == "show":
            self.send({"lines": lines})
        else:
            self.close()


# Connected to http.request for /news/
def news(message):
    Group("news").add(message.reply_channel)


# Connected to news
def tell_news(message):
    Group("news").send({
        "status": 200,
        "headers": [(b"Content-Type", b"application/json")],
        "content": json.dumps(message.content["news"]).encode("utf-8"),
    })


chat_routing = [
    route("websocket.connect", ws_connect, path=r"^/(?P<room>[a-zA-Z0-9_]*)/?$"),
]

channel_routing = [
    route_class(Notebook, path=r"^/notebook/$"),
    include(chat_routing, path=r"^/chat"),
    include("site_of_2016.chat_routing"),
    route("websocket.receive", ws_message),
    route("websocket.disconnect", "site_of_2016.ws_disconnect"),
    route("chat-messages", msg_consumer),
    route("http.request", news, method=r"^GET$", path=r"^/news/$"),
    route("news", tell_news),
]
