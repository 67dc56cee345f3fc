"""The worker: one message at a time, from receive_many to the consumer's end."""

from typing import Any

import pytest

from chansim import ScenarioError, deployments, simulate
from chansim.channels import Channel, Group, Message, costs, route
from chansim.duration import Constant
from chansim.layer.contract import ChannelFull
from model.tiny import AT_ONCE, books, channels_world, chat_world, consumed, pick, seen, site


def ticks(*moments: float, **options: Any) -> Any:
    """HTTP requests at these moments, for the consumers of *routing*."""
    application = site(routing=options.pop("routing"), **options.pop("costs", {}))
    return channels_world(*moments, application=application, **options)


def quiet(message: Message) -> None:
    """A consumer that answers nothing."""


def test_a_worker_takes_one_message_after_the_other() -> None:
    world = ticks(0.1, 0.2, 0.3, routing=[route("http.request", quiet)], costs={"io": 0.5})
    assert consumed(simulate(world)) == [
        (0.1, 0.6, "worker-1", "quiet"),
        (0.6, 1.1, "worker-1", "quiet"),
        (1.1, 1.6, "worker-1", "quiet"),
    ]


def test_workers_that_wait_are_served_in_the_order_in_which_they_came() -> None:
    world = ticks(0.1, 0.2, 0.3, 0.4, workers=3, routing=[route("http.request", quiet)], costs={"io": 0.25})
    assert [bar[::2] for bar in consumed(simulate(world))] == [
        (0.1, "worker-1"),
        (0.2, "worker-2"),
        (0.3, "worker-3"),
        (0.4, "worker-1"),
    ]


def test_a_consumer_costs_what_it_declares_and_others_what_the_application_says() -> None:
    @costs(cpu=0.1, io=0.2)
    def dear(message: Message) -> None: ...

    routing = [route("websocket.connect", dear), route("websocket.receive", quiet)]
    world = chat_world((0.1, 1, "connect"), (1.0, 1, "hi"), routing=routing, costs={"io": 0.4})
    assert consumed(simulate(world)) == [(0.1, 0.4, "worker-1", "dear"), (1.0, 1.4, "worker-1", "quiet")]


def test_the_code_runs_at_one_instant_at_the_end_of_its_service() -> None:
    """The request comes at 0.1 s and is computed on for 0.5 s: what it sends is sent at 0.6."""

    def forwards(message: Message) -> None:
        Channel("later").send({})
        Channel("later").send({})

    world = ticks(0.1, routing=[route("http.request", forwards)], costs={"io": 0.5})
    assert seen(world, "t", "component", event="sent", channel="later") == [(0.6, "worker-1")] * 2


def test_a_group_send_costs_for_each_member_on_the_processor_before_the_copies_leave() -> None:
    """Three members at 0.1 s each; a fourth consumer that sends to nobody costs nothing of it."""
    lines = [(0.1, n, "connect") for n in (1, 2, 3)] + [(1.003, 1, "hi")]
    run = simulate(chat_world(*lines, costs={"per_member": 0.1}, server=AT_ONCE))
    assert consumed(run)[-1] == (1.003, 1.303, "worker-1", "ws_receive")
    assert [pick(row, "t", "channel") for row in run.trace.rows(event="received", component="browsers")] == [
        (1.303, "socket 1"),
        (1.303, "socket 2"),
        (1.303, "socket 3"),
    ]


def test_a_message_that_no_route_takes_is_lost_and_told() -> None:
    routing = [route("websocket.receive", quiet, text="^please")]
    run = simulate(chat_world((0.1, 1, "connect"), (0.2, 1, "now!"), (0.3, 1, "please"), routing=routing))
    assert [pick(row, "t", "component", "channel", "detail") for row in run.trace.rows(event="lost")] == [
        (0.2, "worker-1", "websocket.receive", "no consumer")
    ]
    assert run.problems == (
        ("worker-1: no route takes this message of 'websocket.receive'; check the routing", 1),
    )
    assert [bar[3] for bar in consumed(run)] == ["quiet"]


def test_what_nobody_listens_to_waits() -> None:
    """Of June 2016: with no route for it, websocket.connect is not
    even received, and fills to its capacity."""
    lines = [(0.1 * n, n, "connect") for n in range(1, 5)]
    run = simulate(chat_world(*lines, routing=[route("websocket.receive", quiet)], capacity=3))
    kept = books(run.trace)
    assert (kept.waiting, kept.lost) == (3, {"full": 1})


def test_a_consumer_that_raises_loses_its_message_and_the_worker_goes_on() -> None:
    def fails_at_first(message: Message) -> None:
        Channel("said").send({})
        if message["text"] == "one":
            raise ZeroDivisionError("in the consumer")

    routing = [route("websocket.receive", fails_at_first)]
    lines = [(0.1, 1, "connect"), (0.2, 1, "one"), (0.3, 1, "two")]
    run = simulate(chat_world(*lines, routing=routing, costs={"io": 0.05}))
    assert [
        pick(row, "t", "event", "detail") for row in run.trace.rows(component="worker-1") if row.request == 2
    ] == [
        (0.2, "received", ""),
        (0.2, "begun", "fails_at_first"),
        (0.25, "sent", ""),  # sends are immediate in June 2016: this one had left
        (0.25, "lost", "consumer failed"),
        (0.25, "ended", "fails_at_first"),
    ]
    problem = "worker-1: the consumer for 'websocket.receive' raised ZeroDivisionError('in the consumer')"
    assert run.problems == ((problem, 1),)
    assert len(consumed(run)) == 2
    assert books(run.trace).lost == {"consumer failed": 1}


def test_channel_full_is_raised_in_the_consumer_at_the_send_that_finds_it() -> None:
    caught = []

    def floods(message: Message) -> None:
        for n in range(3):
            try:
                Channel("small").send({"n": n})
            except ChannelFull as error:
                caught.append(str(error))

    world = ticks(0.1, routing=[route("http.request", floods)], channel_capacity=(("small", 2),))
    run = simulate(world)
    assert caught == [
        "channel 'small' of layer 'layer' holds 2 messages, its capacity; nobody reads them fast enough"
    ]
    assert books(run.trace).lost == {"full": 1}
    assert run.problems == ()


def test_arguments_of_the_route_reach_the_consumer() -> None:
    log = []

    def greets(message: Message, word: str) -> None:
        log.append(word)

    simulate(
        chat_world(
            (0.1, 1, "connect"),
            (0.2, 1, "hello you"),
            routing=[route("websocket.receive", greets, text=r"(?P<word>\w+)")],
        )
    )
    assert log == ["hello"]


def test_each_worker_sends_in_its_own_name() -> None:
    def joins(message: Message) -> None:
        Group("room").add(message.reply_channel)  # type: ignore[arg-type]

    routing = [route("websocket.connect", joins)]
    world = chat_world(
        (0.1, 1, "connect"), (0.1, 2, "connect"), routing=routing, workers=2, costs={"io": 1.0}
    )
    assert seen(world, "t", "component", event="joined") == [(1.1, "worker-1"), (1.1, "worker-2")]


def test_a_message_handed_on_from_worker_to_worker_at_one_instant_is_no_recursion() -> None:
    """Nothing takes time here, and 500 workers each hand the message to
    the next: a chain, not a tower of calls."""

    def hands_on(message: Message) -> None:
        if message["left"]:
            Channel("baton").send({"left": message["left"] - 1})

    def starts(message: Message) -> None:
        Channel("baton").send({"left": 500})

    routing = [route("http.request", starts), route("baton", hands_on)]
    run = simulate(ticks(0.1, workers=600, routing=routing))
    assert run.problems == ()
    assert len(list(run.trace.rows(event="received", channel="baton"))) == 501


def test_a_worker_that_sends_to_itself_goes_on() -> None:
    def again(message: Message) -> None:
        if message.get("left", 2000):
            Channel("http.request").send({"left": message.get("left", 2000) - 1})

    run = simulate(ticks(0.1, routing=[route("http.request", again)]))
    assert run.problems == ()
    assert len(consumed(run)) == 2001


def test_a_consumers_code_runs_at_one_instant_undivided() -> None:
    """What it sends is handled after it, and not in the middle of it."""
    inside: list[str] = []
    interrupted = []

    def first(message: Message) -> None:
        inside.append("first")
        Channel("second").send({})
        inside.remove("first")

    def second(message: Message) -> None:
        interrupted.extend(inside)

    simulate(ticks(0.1, workers=2, routing=[route("http.request", first), route("second", second)]))
    assert interrupted == []


def test_two_sends_to_one_channel_arrive_in_the_order_of_the_calls() -> None:
    """First to the group, of which the reply channel is a member, then to it alone."""
    texts = []

    def says_twice(message: Message) -> None:
        Group("room").add(message.reply_channel)  # type: ignore[arg-type]
        Group("room").send({"text": "to all"})
        message.reply_channel.send({"text": "to you"})  # type: ignore[union-attr]

    for latency in (0.0, 0.001):
        world = chat_world(
            (0.1, 1, "connect"), routing=[route("websocket.connect", says_twice)], server={"poll": 1.0}
        )
        world = world.change("layer", operation=latency)
        texts.append([(n,) for (n,) in seen(world, "message", event="sent", component="worker-1")])
        received = seen(world, "message", event="received", component="server")[1:]
        assert received == texts[-1], f"with {latency} s an operation"


def test_an_application_that_names_no_channel_is_answered_in_words() -> None:
    scenario = deployments.slide16()
    assert scenario["site"].router.channels == ("http.request",)
    with pytest.raises(
        ScenarioError, match="worker 'worker-1': application='gone': it must name an application"
    ):
        scenario.change("worker-1", application="gone")


def test_the_costs_of_a_request_belong_to_it() -> None:
    """Whichever worker takes it, and when: the third request takes as long in every deployment."""
    scenario = deployments.slide16(seconds=5.0, network=channels_world(0.1).network)
    runs = [simulate(each, 5) for each in (scenario, scenario.change("worker-1", machine=""))]
    bars = [
        {row.request: row.t for row in run.trace.rows(event="ended", channel="http.request")} for run in runs
    ]
    assert bars[0] == bars[1]
    assert Constant(0.0) != scenario["site"].io
