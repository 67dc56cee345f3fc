"""The chat that the talk demoed (slide 27): what is said in the browser is said in Slack too, and the other way.

The bot, an interface server of its own, turns what happens in Slack into
messages on ``slack.message``, ``slack.hello`` and so on, and posts in Slack what
it finds on ``slack.send``. Only ``slack.message`` is routed here, as it was in
djangobot-example: what else Slack tells gathers on channels that nobody reads.
"""

import json

from chansim.channels import Channel, Group, Message, route


def ws_connect(message: Message) -> None:
    """Add the new socket to the room."""
    Group("chat").add(message.reply_channel)


def ws_receive(message: Message) -> None:
    """Tell the room what a client said, as it is, and then Slack."""
    Group("chat").send({"text": message["text"]})
    Channel("slack.send").send({"type": "message", "client": "web", "text": "[user] " + message["text"]})


def ws_disconnect(message: Message) -> None:
    """Take the socket out of the room."""
    Group("chat").discard(message.reply_channel)


def slack_message(message: Message) -> None:
    """Tell the room what somebody said in Slack."""
    event = json.loads(message["text"])
    Group("chat").send({"text": json.dumps({**event, "client": "slack"})})


channel_routing = (
    route("websocket.connect", ws_connect),
    route("websocket.receive", ws_receive),
    route("websocket.disconnect", ws_disconnect),
    route("slack.message", slack_message),
)
