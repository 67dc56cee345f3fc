"""The chat that the talk demoed, with its bot between the layer and Slack."""

import json

from applications.script import in_both_worlds, play, sent
from chansim import Run, simulate
from chansim.applications.slack_chat import channel_routing
from chansim.channels import Channel, Message, route
from chansim.model.arrivals import Recorded
from chansim.model.network import Link, Network
from chansim.model.slack import Slack
from chansim.model.slack_bot import SlackBot
from model.tiny import books, channels_world, pick, site

ANN, BOB = ("ann", "/chat/"), ("bob", "/chat/")
BOT = SlackBot(name="bot", machine="host", slack="slack", layer="layer", cpu=0.0)
QUIET = Slack(name="slack", messages=None, presences=None)


def posted(run: Run) -> list[float]:
    """When the bot posted something in Slack, after its greeting."""
    return [round(row.t, 6) for row in run.trace.rows(event="sent", component="bot", detail="frame")][1:]


@in_both_worlds
def test_a_line_is_one_message_and_one_for_each_client_and_one_for_slack(world: str) -> None:
    told = play(world, channel_routing, ANN, BOB, ("ann", "hello"), more=(QUIET, BOT))
    assert told.messages("ann", "hello") == {"websocket.receive": 1, "websocket.send": 2, "slack.send": 1}
    assert (told.told("ann"), told.told("bob")) == (["hello"], ["hello"]), "as it was said, to the sender too"
    assert len(posted(told.run)) == 1
    assert told.run.problems == ()


@in_both_worlds
def test_what_is_said_in_slack_is_one_message_and_one_for_each_client(world: str) -> None:
    slack = Slack(name="slack", messages=Recorded((0.5,)), presences=None)
    told = play(world, channel_routing, ANN, BOB, more=(slack, BOT))
    (line,) = told.run.trace.rows(event="sent", component="slack", detail="frame")
    assert sent(told.run, request=line.request) == {"slack.message": 1, "websocket.send": 2}
    (text,) = told.told("bob")
    assert json.loads(text)["client"] == "slack"
    assert posted(told.run) == [], "Slack's own lines do not go back to it"


def test_what_else_slack_tells_gathers_where_nobody_reads() -> None:
    """Up to the channel's capacity; then each is lost, and the bot says so."""
    slack = Slack(name="slack", messages=None, presences=Recorded((0.1, 0.2, 0.3, 0.4, 0.5)))
    told = play("simulated", channel_routing, ANN, more=(slack, BOT), after=1.0, capacity=3)
    assert sent(told.run, component="bot") == {"slack.hello": 1, "slack.presence_change": 5}
    assert books(told.run.trace).lost == {"full": 2}
    assert books(told.run.trace).waiting == 4, "the hello, and as many as there is room for"
    assert [times for problem, times in told.run.problems if "bot: ChannelFull" in problem] == [2]


@in_both_worlds
def test_the_bot_posts_one_message_a_look_and_looks_ten_times_a_second(world: str) -> None:
    """Twelve lines are said within 0.12 s, so Slack has the last of them a second after the first."""
    lines = [("ann", f"line {number}") for number in range(12)]
    told = play(world, channel_routing, ANN, *lines, more=(QUIET, BOT), step=0.01, after=1.5)
    times = posted(told.run)
    assert len(times) == 12
    assert times[-1] - times[0] >= 0.9
    if world == "simulated":
        assert times == [round(0.1 * look, 6) for look in range(1, 13)]


def test_what_finds_no_room_on_its_way_to_slack_is_lost_after_the_room_has_heard_it() -> None:
    """Eight lines before the first look, and room for five. In June 2016 ChannelFull is raised in the consumer."""
    lines = [("ann", f"line {number}") for number in range(8)]
    told = play(
        "simulated", channel_routing, ANN, *lines, more=(QUIET, BOT), step=0.01, after=1.0, capacity=5
    )
    assert posted(told.run) == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert books(told.run.trace).lost == {"full": 3, "consumer failed": 3}
    assert told.told("ann") == [text for _, text in lines]


def test_a_message_before_slack_let_the_bot_in_is_lost_and_ends_its_looks_for_ever() -> None:
    """Slack's hello is there after 0.4 s; the first line is found at the third look, at 0.3 s."""
    far = Network(Link(0.0), Link(0.0), Link(0.2))
    lines = (ANN, ("ann", "first"), ("ann", "second"))
    told = play("simulated", channel_routing, *lines, more=(QUIET, BOT), network=far, step=0.005, after=3.0)
    assert posted(told.run) == []
    assert [
        pick(row, "t", "channel") for row in told.run.trace.rows(event="lost", detail="consumer failed")
    ] == [(0.3, "slack.send")]
    assert books(told.run.trace).waiting == 2, "the second line, and slack.hello"
    assert [problem for problem, _ in told.run.problems if "Slack has not let the bot in yet" in problem]


def test_so_does_a_message_without_a_text() -> None:
    def mute(message: Message) -> None:
        Channel("slack.send").send({"txt": message["text"]})

    routing = (route("websocket.receive", mute),)
    told = play("simulated", routing, ANN, ("ann", "first"), ("ann", "second"), more=(QUIET, BOT), after=1.0)
    assert posted(told.run) == []
    assert books(told.run.trace).lost == {"consumer failed": 1}
    assert [problem for problem, _ in told.run.problems if "it has no text" in problem]


def test_the_bot_greets_who_is_in_general() -> None:
    run = simulate(channels_world(application=site(routing=channel_routing), more=(QUIET, BOT)))
    assert [row.detail for row in run.trace.rows(event="received", component="slack")] == ["connect", "frame"]
