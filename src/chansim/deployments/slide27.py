"""Slide 27: the demo. The chat, and a Slack bot beside Daphne: two kinds of interface server at one layer.

What is said in the browser goes to Slack on ``slack.send``, from where the bot
takes ten messages a second and no more: whatever is said faster waits there.
"""

from chansim.deployments.slack_chat import slack_chat

slide27 = slack_chat
