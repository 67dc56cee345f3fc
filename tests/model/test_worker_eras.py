"""The worker's rules of Channels 1.0 and 1.1, its threads and its patterns: exact times."""

from dataclasses import replace
from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, execute, simulate
from chansim.channels import Channel, Group, Message, costs, route
from chansim.channels.exceptions import ConsumeLater, DenyConnection
from chansim.layer.contract import ChannelFull
from chansim.layer.eras import CHANNELS_10, CHANNELS_11, JUNE_2016
from chansim.model.worker import Worker
from chansim.views.gantt import gantt
from chansim.views.topology import topology
from model.tiny import books, channels_world, consumed, pick, seen, site

LATER = (CHANNELS_10, CHANNELS_11)
TINY = {"channel_capacity": (("tiny", 1),)}


def world_of(routing: Any, *moments: float, **options: Any) -> Scenario:
    """HTTP requests at these moments, for the consumers of *routing*."""
    application = site(routing=routing, **options.pop("costs", {}))
    return channels_world(*moments, application=application, **options)


def worker(name: str, **fields: Any) -> Worker:
    """A worker of the tiny world."""
    return Worker(**{"name": name, "machine": "host", "layer": "layer", "application": "site", **fields})


def quiet(message: Message) -> None:
    """A consumer that answers nothing."""


def fills_tiny(message: Message) -> None:
    """Sends three messages to a channel that holds one."""
    for n in range(3):
        Channel("tiny").send({"n": n})


def rows(run: Run, *names: str, **equals: Any) -> list[tuple[Any, ...]]:
    """The rows of a run, only the columns *names*."""
    return [pick(row, *names) for row in run.trace.rows(**equals)]


# -- when sends leave


@pytest.mark.parametrize("era", LATER, ids=lambda era: era.name)
def test_sends_leave_when_the_consumer_has_ended_in_the_order_of_the_calls(era: Any) -> None:
    """What is sent immediately overtakes them."""
    numbers = []

    def consumer(message: Message) -> None:
        Channel("first").send({})
        Group("room").add("second")
        Group("room").send({})
        Channel("third").send({}, immediately=True)

    run = simulate(world_of([route("http.request", consumer)], 0.1, era=era, costs={"io": 0.5}))
    sent = rows(run, "t", "channel", "message", event="sent", component="worker-1")
    numbers = [number for _, _, number in sent]
    assert [(t, channel) for t, channel, _ in sent] == [(0.6, "third"), (0.6, "first"), (0.6, "second")]
    assert numbers == sorted(numbers)


def test_a_later_change_by_the_sender_is_not_sent() -> None:
    got = []

    def consumer(message: Message) -> None:
        content = {"n": [1]}
        Channel("work").send(content)
        content["n"].append(2)

    routing = [route("http.request", consumer), route("work", lambda message: got.append(message["n"]))]
    simulate(world_of(routing, 0.1, era=CHANNELS_11))
    assert got == [[1]]


def test_the_cost_per_member_is_paid_before_the_copies_leave_under_1_0_too() -> None:
    @costs(per_member=0.1)
    def consumer(message: Message) -> None:
        for member in ("a", "b", "c"):
            Group("room").add(member)
        Group("room").send({})

    routing = [
        route("http.request", consumer),
        route(["a", "b", "c"], quiet),
    ]
    run = simulate(world_of(routing, 0.1, era=CHANNELS_11, workers=2))
    assert consumed(run)[0] == (0.1, 0.4, "worker-1", "consumer")
    assert rows(run, "t", event="received", channel="a") == [(0.4,)]


def test_a_full_channel_is_tried_again_every_fifth_of_a_second_until_there_is_room() -> None:
    """worker-2 takes the first at once and has it for half a second, so the second waits in the one place
    that there is, and the third finds room 0.6 s after it was first tried. Nothing is lost."""

    @costs(io=0.5)
    def slow(message: Message) -> None: ...

    routing = [route("http.request", fills_tiny), route("tiny", slow)]
    pair = (worker("worker-1", only_channels=("http.*",)), worker("worker-2", only_channels=("tiny",)))
    run = simulate(world_of(routing, 0.1, era=CHANNELS_11, workers=0, more=pair, **TINY))
    assert rows(run, "t", event="sent", channel="tiny") == [(0.1,), (0.3,), (0.7,)]
    assert (0.1, 0.7, "worker-1", "fills_tiny") in consumed(run)
    assert books(run.trace).lost == {}
    assert run.problems == ()


@pytest.mark.parametrize(("era", "patience"), [(CHANNELS_10, 0.0), (CHANNELS_11, 2.0)])
def test_when_patience_is_at_its_end_the_worker_dies(era: Any, patience: float) -> None:
    """It takes the request at 0.1 s for half a second. Its message in hand is lost with it, and the other
    worker goes on."""
    routing = [route("http.request", fills_tiny)]
    world = world_of(routing, 0.1, 5.0, era=era, costs={"io": 0.5}, **TINY)
    run = simulate(world)
    end = round(0.6 + patience, 6)
    assert rows(run, "t", "component", "channel", "detail", event="lost") == [
        (end, "worker-1", "tiny", "full"),
        (end, "worker-1", "tiny", "worker died"),
        (end, "worker-1", "http.request", "worker died"),
    ]
    assert consumed(run) == [(0.1, end, "worker-1", "fills_tiny")]
    assert rows(run, "t", "component", "request", "detail", event="fault") == [
        (end, "worker-1", 1, "worker died")
    ]
    words = "worker-1 died: what the consumer for 'http.request' sent to 'tiny' found it full for"
    assert run.problems == ((f"{words} {patience:g} s", 1),)
    kept = books(run.trace)
    assert kept.waiting == 2  # one in "tiny", and the second request, which nobody takes
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())


def test_the_others_go_on_when_a_worker_has_died() -> None:
    def denies_at_first(message: Message) -> None:
        if message["path"] == "/" and not died:
            died.append(True)
            raise DenyConnection

    for run_it in (simulate, execute):
        died: list[bool] = []
        world = world_of([route("http.request", denies_at_first)], 0.0, 0.05, 0.1, era=CHANNELS_11, workers=2)
        run = run_it(world, seconds=0.4)  # type: ignore[operator]
        assert len(rows(run, "t", event="fault")) == 1
        assert len(rows(run, "t", event="ended", channel="http.request")) == 3
        assert books(run.trace).lost == {"worker died": 1}


def test_a_channel_name_that_no_layer_accepts_kills_the_worker_when_it_is_to_leave() -> None:
    def consumer(message: Message) -> None:
        Channel("no name!").send({})
        Channel("good").send({})

    run = simulate(world_of([route("http.request", consumer)], 0.1, era=CHANNELS_11))
    assert books(run.trace).lost == {"worker died": 2}
    assert run.problems[0][0].startswith(
        "worker-1 died: what the consumer for 'http.request' sent to 'no name!' raised InvalidName"
    )


# -- ConsumeLater


def test_a_message_that_finds_no_room_to_be_put_back_is_dropped_after_half_a_second() -> None:
    """The consumer has filled the one place of its channel itself."""

    def consumer(message: Message) -> None:
        if "fill" not in message:
            Channel("work").send({"fill": True}, immediately=True)
            raise ConsumeLater

    def starts(message: Message) -> None:
        Channel("work").send({})

    routing = [route("http.request", starts), route("work", consumer)]
    capacity = {"channel_capacity": (("work", 1),)}
    for era in (JUNE_2016, CHANNELS_11):
        run = simulate(world_of(routing, 0.1, era=era, **capacity))
        assert rows(run, "t", "channel", "detail", event="lost") == [(0.6, "work", "full")]
        assert consumed(run)[1:] == [(0.1, 0.6, "worker-1", "consumer"), (0.6, 0.6, "worker-1", "consumer")]


def test_a_message_put_back_stays_of_its_request_and_keeps_what_the_consumer_wrote_in_it() -> None:
    got = []

    def consumer(message: Message) -> None:
        got.append(message.get("seen"))
        if not message.get("seen"):
            message.content["seen"] = True
            raise ConsumeLater

    run = simulate(world_of([route("http.request", consumer)], 0.1, costs={"io": 0.5}))
    assert got == [None, True]
    assert rows(run, "t", "component", "request", event="sent", channel="http.request") == [
        (0.1, "server", 1),
        (0.6, "worker-1", 1),
    ]
    assert books(run.trace).lost == {}


# -- what consumers ask of the layer


def test_afterwards_is_when_the_calls_made_so_far_have_taken_effect() -> None:
    """A call to the layer takes 0.1 s of its work: the worker's own look, the message sent, and the
    message that the function then finds."""
    found = []

    def consumer(message: Message) -> None:
        layer = message.channel_layer
        Channel("wait").send({"n": 1})
        layer.afterwards(lambda: found.append(layer.receive_at_once(("wait",))))
        assert layer.receive_at_once(("wait",)) is None

    for era in (JUNE_2016, CHANNELS_11):
        found.clear()
        run = simulate(world_of([route("http.request", consumer)], 0.1, era=era, operation=0.1))
        assert found[0].content == {"n": 1}
        assert [t for (t,) in rows(run, "t", event="received", channel="wait")] == [
            consumed(run)[0][0] + 0.2  # sent, and looked for in vain
        ]
        assert consumed(run)[0][1] == round(consumed(run)[0][0] + 0.3, 6)
        assert run.problems == ()


def test_afterwards_there_is_an_afterwards_again_in_both_worlds() -> None:
    def consumer(message: Message) -> None:
        layer = message.channel_layer

        def once_more() -> None:
            done.append("first")
            Channel("sent").send({})
            layer.afterwards(lambda: done.append("second"))

        layer.afterwards(once_more)

    for run_it in (simulate, execute):
        for era in (JUNE_2016, CHANNELS_11):
            done: list[str] = []
            run = run_it(world_of([route("http.request", consumer)], 0.0, era=era), seconds=0.2)  # type: ignore[operator]
            assert done == ["first", "second"]
            assert len(rows(run, "t", event="sent", channel="sent")) == 1


def test_an_error_afterwards_is_told() -> None:
    def consumer(message: Message) -> None:
        message.channel_layer.afterwards(lambda: [][0])

    run = simulate(world_of([route("http.request", consumer)], 0.1, 0.2))
    words = (
        "worker-1: after the consumer for 'http.request', IndexError('list index out of range') was raised"
    )
    assert run.problems == ((words, 2),)
    assert books(run.trace).lost == {}


def test_a_message_that_is_sent_on_stays_of_its_own_request() -> None:
    """The second request's consumer sends on what the first one left; its own sends are of its own."""

    def consumer(message: Message) -> None:
        layer = message.channel_layer
        waiting = layer.receive_at_once(["wait"])
        if waiting is None:
            layer.send("wait", {"left": True})
        else:
            layer.resend(waiting, "work")
            layer.send("own", {})

    for run_it in (simulate, execute):
        run = run_it(world_of([route("http.request", consumer)], 0.0, 0.1), seconds=0.3)  # type: ignore[operator]
        sent = rows(run, "channel", "request", event="sent", component="worker-1")
        assert sent == [("wait", 1), ("work", 1), ("own", 2)]


def test_what_finds_no_room_when_sent_on_is_an_error_and_later_sends_are_of_the_own_request() -> None:
    def consumer(message: Message) -> None:
        layer = message.channel_layer
        waiting = layer.receive_at_once(["wait"])
        layer.send("wait", {})
        if waiting is not None:
            layer.send("tiny", {})
            with pytest.raises(ChannelFull):
                layer.resend(waiting, "tiny")
            layer.send("own", {})

    run = simulate(world_of([route("http.request", consumer)], 0.1, 0.2, **TINY))
    assert run.problems == ()
    assert rows(run, "channel", "request", "detail", event="lost") == [("tiny", 1, "full")]
    assert rows(run, "request", event="sent", channel="own") == [(2,)]


def test_all_workers_of_a_run_share_its_sessions_and_no_other_run_does() -> None:
    stores: list[set[int]] = []

    def consumer(message: Message) -> None:
        layer = message.channel_layer
        stores[-1].add(id(layer.sessions))
        layer.sessions.create("me")
        assert layer.era is CHANNELS_11

    kept = []
    for run_it in (simulate, simulate, execute):
        stores.append(set())
        run = run_it(
            world_of([route("http.request", consumer)], 0.0, 0.0, 0.1, workers=2, era=CHANNELS_11),
            seconds=0.3,
        )  # type: ignore[operator]
        kept.append(run)
        assert run.problems == ()
        assert len(stores[-1]) == 1


# -- threads


def test_threads_handle_several_messages_at_once_each_in_its_own_lane() -> None:
    world = world_of([route("http.request", quiet)], 0.1, 0.2, 0.3, costs={"io": 0.5})
    run = simulate(world.change("worker-1", threads=2))
    assert consumed(run) == [
        (0.1, 0.6, "worker-1/1", "quiet"),
        (0.2, 0.7, "worker-1/2", "quiet"),
        (0.6, 1.1, "worker-1/1", "quiet"),
    ]
    assert rows(run, "component", event="received", channel="http.request") == [
        ("worker-1/1",),
        ("worker-1/2",),
        ("worker-1/1",),
    ]


def test_threads_share_the_machines_cores() -> None:
    world = world_of([route("http.request", quiet)], 0.1, 0.1, costs={"cpu": 0.5}, cores=1)
    run = simulate(world.change("worker-1", threads=2))
    assert [bar[:3] for bar in consumed(run)] == [(0.1, 0.6, "worker-1/1"), (0.1, 1.1, "worker-1/2")]


def test_threads_work_at_once_in_the_executed_world_too() -> None:
    world = world_of([route("http.request", quiet)], 0.0, 0.0, 0.0, costs={"io": 0.2})
    run = execute(world.change("worker-1", threads=3), seconds=0.5)
    assert sorted(lane for _, _, lane, _ in consumed(run)) == ["worker-1/1", "worker-1/2", "worker-1/3"]


def test_of_several_threads_one_may_die_and_the_others_go_on() -> None:
    def denies(message: Message) -> None:
        raise DenyConnection

    world = world_of([route("http.request", denies)], 0.1, 0.2, 0.3, era=CHANNELS_11)
    run = simulate(world.change("worker-1", threads=2))
    assert rows(run, "t", "component", event="fault") == [(0.1, "worker-1/1"), (0.2, "worker-1/2")]
    assert books(run.trace).waiting == 1


def test_a_worker_with_threads_is_one_box_and_a_track_each() -> None:
    world = world_of([route("http.request", quiet)], 0.1, 0.2, costs={"io": 0.5}).change(
        "worker-1", threads=2
    )
    run = simulate(world)
    assert world["worker-1"].lanes() == ("worker-1/1", "worker-1/2")
    picture = topology(world, run)
    assert 'data-component="worker-1" data-lanes="2"' in picture.svg
    chart = gantt(run, start=0.0, seconds=1.0)
    assert "worker-1/1" in chart.svg
    assert "worker-1/2" in chart.svg


# -- only_channels and exclude_channels


def test_a_worker_listens_to_what_its_patterns_leave() -> None:
    router = site(routing=[route(["chat.say", "chat.join", "mail.send"], quiet)]).router
    patterns = {
        ((), ()): ("chat.say", "chat.join", "mail.send", "http.request"),
        (("chat.*",), ()): ("chat.say", "chat.join"),
        (("chat.*", "http.request"), ()): ("chat.say", "chat.join", "http.request"),
        ((), ("chat.*",)): ("mail.send", "http.request"),
        (("chat.*",), ("*.join",)): ("chat.say",),
        (("Chat.*", "mail.?end"), ()): ("mail.send",),
    }
    for (only, exclude), left in patterns.items():
        assert worker("w", only_channels=only, exclude_channels=list(exclude)).channels_of(router) == left


def test_what_no_worker_listens_to_waits() -> None:
    world = world_of([route("http.request", quiet), route("work", quiet)], 0.1, 0.2)
    run = simulate(world.change("worker-1", only_channels=("work",)))
    assert books(run.trace).waiting == 2


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        ({"only_channels": ("chat.*",)}, r"only_channels=\('chat.\*',\): it leaves no channel to listen to"),
        ({"exclude_channels": ("*",)}, r"exclude_channels=\('\*',\): it leaves no channel to listen to"),
        ({"only_channels": "http.*"}, "only_channels='http.*': it must be patterns of channel names"),
        ({"only_channels": (1,)}, r"only_channels=\(1,\): it must be patterns"),
        ({"exclude_channels": ("",)}, r"exclude_channels=\('',\): it must be patterns"),
        ({"exclude_channels": None}, "exclude_channels=None: it must be patterns"),
        ({"threads": 0}, "threads=0: it must be a whole number of threads from 1 to 1,000"),
    ],
    ids=str,
)
def test_patterns_that_cannot_be_are_answered_in_words(patterns: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        world_of([route("work", quiet)], 0.1).change("worker-1", **patterns)


def test_the_error_of_an_empty_choice_names_the_channels_there_are() -> None:
    with pytest.raises(ScenarioError, match=r"'site' routes work, http\.request$"):
        world_of([route("work", quiet)], 0.1).change("worker-1", only_channels=("chat.*",))


def test_under_1_0_a_worker_listens_to_websockets_too() -> None:
    world = world_of([route("work", quiet)], 0.1, era=CHANNELS_10)
    left = world.change("worker-1", only_channels=("websocket.*",))
    assert left["worker-1"].channels_of(left["site"].router_of(CHANNELS_10)) == (
        "websocket.connect",
        "websocket.receive",
        "websocket.disconnect",
    )
    with pytest.raises(ScenarioError, match="leaves no channel"):
        world.change("layer", era=JUNE_2016).change("worker-1", only_channels=("websocket.*",))


def test_the_patience_is_the_eras_own() -> None:
    era = replace(CHANNELS_11, name="patient", flush_patience=1.0)
    world = world_of([route("http.request", fills_tiny)], 0.1, era=era, **TINY)
    assert seen(world, "t", event="fault") == [(1.1,)]


# -- whoever starts again what died


def back_after(seconds: float, *moments: float, **options: Any) -> Scenario:
    """One worker, whose consumer finds "tiny" full each time, and dies; *seconds* later it is there again."""
    world = world_of(
        (route("http.request", fills_tiny),), *moments, workers=0, era=CHANNELS_10, **TINY, **options
    )
    return world.add(worker("worker-1", comes_back=seconds))


def test_a_worker_that_died_comes_back_and_takes_what_waited() -> None:
    run = simulate(back_after(3.0, 1.0, 2.0, costs={"io": 0.5}))
    faults = rows(run, "t", "component", "detail", event="fault")
    assert faults == [
        (1.5, "worker-1", "worker died"),
        (4.5, "worker-1", "started"),
        (5.0, "worker-1", "worker died"),
        (8.0, "worker-1", "started"),
    ]
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())


def test_unless_it_is_given_nobody_starts_it_again() -> None:
    run = simulate(back_after(0.0, 1.0, 2.0, costs={"io": 0.5}))
    assert rows(run, "t", "detail", event="fault") == [(1.5, "worker died")]


def test_it_comes_back_for_real_too() -> None:
    run = execute(back_after(0.2, 0.1, 0.2), seconds=1.0)
    assert [detail for (detail,) in rows(run, "detail", event="fault")] == [
        "worker died", "started", "worker died", "started"
    ]  # fmt: skip


def test_seconds_until_it_is_back_are_not_negative() -> None:
    with pytest.raises(ScenarioError, match="comes_back=-1: it must be a number of seconds from 0"):
        worker("worker-1", comes_back=-1)
