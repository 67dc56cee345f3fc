"""The delay server: messages sent on when their time has come. Exact times, and both worlds."""

from typing import Any

import pytest

from chansim import Run, Scenario, ScenarioError, execute, simulate
from chansim.channels import Channel, Message, route
from chansim.model.delay_server import DelayServer
from chansim.views.topology import topology
from model.tiny import books, channels_world, pick, site

HALF = {"channel": "work", "delay": 500, "content": {"n": 1}}


def delaying(*asked: Any, moments: tuple[float, ...] = (0.05,), **options: Any) -> Scenario:
    """A request, whose consumer sends *asked* to the delay server; nobody reads what that sends."""

    def consumer(message: Message) -> None:
        for each in asked:
            Channel("asgi.delay").send(each)

    routing = options.pop("routing", [route("http.request", consumer)])
    sleep = options.pop("sleep", 1.0)
    return channels_world(
        *moments,
        application=site(routing=routing),
        more=(DelayServer(name="delay", machine="host", layer="layer", sleep=sleep),),
        **options,
    )


def sent(run: Run) -> list[tuple[Any, ...]]:
    """When the delay server sent what, and for which request."""
    return [pick(row, "t", "channel", "request") for row in run.trace.rows(event="sent", component="delay")]


def test_a_message_is_sent_on_at_the_first_look_after_its_time() -> None:
    """It looks each tenth of a second for a message, and each second for what is due: taken at 0.1 s, due
    at 0.6, sent at 1.0; or at the first look each 0.25 s, 0.75."""
    for sleep, moment in ((1.0, 1.0), (0.25, 0.75), (0.1, 0.6)):
        run = simulate(delaying(HALF, sleep=sleep))
        taken = [
            pick(row, "t", "component") for row in run.trace.rows(event="received", channel="asgi.delay")
        ]
        assert taken == [(0.1, "delay")]
        assert sent(run) == [(moment, "work", 1)]


def test_the_content_arrives_as_it_was_in_both_worlds() -> None:
    for run_it in (simulate, execute):
        got: list[Any] = []

        def consumer(message: Message) -> None:
            if message["path"]:
                Channel("asgi.delay").send({"channel": "work", "delay": 100, "content": {"n": [1, "two"]}})

        def works(message: Message, got: list[Any] = got) -> None:
            got.append(dict(message.content))

        routing = [route("http.request", consumer), route("work", works)]
        run = run_it(delaying(routing=routing, sleep=0.05, moments=(0.0,)), seconds=0.6)  # type: ignore[operator]
        assert got == [{"n": [1, "two"]}]
        ((moment, channel, request),) = sent(run)
        assert (channel, request) == ("work", 1)
        assert 0.1 <= moment < 0.5
        assert run.problems == ()


def test_what_is_due_first_leaves_first_and_a_delay_may_be_0() -> None:
    asked = [{**HALF, "channel": f"after.{delay}", "delay": delay} for delay in (2500, 900, 0, 400.5)]
    run = simulate(delaying(*asked))
    assert [(t, channel) for t, channel, _ in sent(run)] == [
        (1.0, "after.0"),
        (1.0, "after.400.5"),
        (1.0, "after.900"),
        (3.0, "after.2500"),
    ]


def test_where_the_channel_is_full_it_is_tried_again_a_second_later_and_nothing_is_lost() -> None:
    """The second of two waits behind the first, for the one place there is, until that expires at 3.5 s."""
    run = simulate(delaying(HALF, HALF, channel_capacity=(("work", 1),), expiry=2.5))
    assert sent(run) == [(1.0, "work", 1), (4.0, "work", 1)]
    assert books(run.trace).lost == {"expired": 2}  # unread, each after its 2.5 s
    assert [pick(row, "t") for row in run.trace.rows(event="lost")] == [(3.5,), (6.5,)]


def test_what_is_not_due_yet_at_the_end_was_received_and_is_no_loss() -> None:
    run = simulate(delaying({**HALF, "delay": 3_600_000}))
    kept = books(run.trace)
    assert sent(run) == []
    assert kept.lost == {}
    assert kept.waiting == 0


def test_its_looks_are_calls_to_the_layer_like_others() -> None:
    """A look takes 0.05 s of the layer's work: those that find nothing are 0.15 s apart."""
    run = simulate(delaying(HALF, moments=(0.2,), operation=0.05, sleep=0.1), seconds=2.0)
    (asked,) = [row.t for row in run.trace.rows(event="sent", channel="asgi.delay")]
    (taken,) = [row.t for row in run.trace.rows(event="received", channel="asgi.delay")]
    ((moment, _, _),) = sent(run)
    assert asked < taken <= asked + 0.25
    assert taken + 0.5 <= moment <= taken + 0.5 + 0.25


@pytest.mark.parametrize("run_it", [simulate, execute])
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"delay": 1, "content": {}}, "without 'channel'; it needs channel, delay and content"),
        ({"channel": "work", "content": {}}, "without 'delay'"),
        ({"channel": "work", "delay": 1}, "without 'content'"),
        ({**HALF, "delay": -1}, "delay=-1; it must be milliseconds, 0 or more"),
        ({**HALF, "delay": "1"}, "delay='1'; it must be milliseconds"),
        ({**HALF, "delay": True}, "delay=True; it must be milliseconds"),
        ({**HALF, "channel": "no name"}, "channel='no name': "),
        ({**HALF, "content": "hi"}, "content='hi'; it must be a dict"),
        ({**HALF, "content": {"b": b"bytes"}}, "it is kept as JSON, which cannot: "),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_message_that_cannot_be_kept_is_the_end_of_it(run_it: Any, asked: Any, words: str) -> None:
    """What it had kept by then is never sent, and what comes after is not taken."""
    scenario = delaying({**HALF, "delay": 100}, asked, HALF, sleep=0.05, moments=(0.0,))
    run = run_it(scenario, seconds=0.5)
    assert sent(run) == []
    assert [(row.component, row.detail) for row in run.trace.rows(event="fault")] == [
        ("delay", "delay server died")
    ]
    assert books(run.trace).lost == {"consumer failed": 1}
    assert books(run.trace).waiting == 1
    ((problem, times),) = run.problems
    assert problem.startswith("delay died: a message of 'asgi.delay'")
    assert words in problem
    assert problem.endswith("; 1 that it has kept will not be sent")
    assert times == 1


def test_it_stands_in_the_picture_with_an_arrow_to_its_layer() -> None:
    scenario = delaying(HALF)
    picture = topology(scenario)
    assert 'data-component="delay"' in picture.svg
    assert "Delay Server" in picture.svg
    assert list(scenario["delay"].links()) == [("layer", "layer")]


@pytest.mark.parametrize("sleep", [0, -1, "1"])
def test_it_sleeps_for_a_number_of_seconds(sleep: Any) -> None:
    with pytest.raises(ScenarioError, match=f"delay server 'delay': sleep={sleep!r}: it must be a number"):
        DelayServer(name="delay", layer="layer", sleep=sleep)
