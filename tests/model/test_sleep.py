"""A consumer that sleeps between its sends: exact times, in every era, and the same order where it is executed."""

from typing import Any

import pytest

from chansim import Scenario, deployments, execute, plain, simulate
from chansim.channels import Channel, Group, Message, costs, route, sleep
from chansim.channels.exceptions import ConsumeLater
from chansim.layer.eras import CHANNELS_10, CHANNELS_11, JUNE_2016
from chansim.model.fault import Kill
from model.tiny import books, channels_world, consumed, pick, site

LATER = (CHANNELS_10, CHANNELS_11)


def world_of(consumer: Any, **options: Any) -> Scenario:
    """One HTTP request at 0.1 s for *consumer*, and nobody who takes what it sends."""
    return channels_world(0.1, application=site(routing=[route("http.request", consumer)]), **options)


def sent(scenario: Scenario) -> list[tuple[float, str]]:
    """What the worker sends, and when."""
    rows = simulate(scenario).trace.rows(event="sent", component="worker-1")
    return [pick(row, "t", "channel") for row in rows]


def progress(message: Message) -> None:
    Channel("first").send({})
    sleep(0.2)
    Channel("second").send({})
    sleep(0.3)
    Group("room").add("third")
    Group("room").send({})
    sleep(0.1)


def test_in_june_2016_each_send_leaves_at_its_moment_and_the_worker_is_taken_all_the_while() -> None:
    assert sent(world_of(progress)) == [(0.1, "first"), (0.3, "second"), (0.6, "third")]
    assert consumed(simulate(world_of(progress))) == [(0.1, 0.7, "worker-1", "progress")]


@pytest.mark.parametrize("era", LATER, ids=lambda era: era.name)
def test_since_1_0_all_leave_when_the_consumer_has_ended(era: Any) -> None:
    assert sent(world_of(progress, era=era)) == [(0.7, "first"), (0.7, "second"), (0.7, "third")]


@pytest.mark.parametrize("era", LATER, ids=lambda era: era.name)
def test_what_is_sent_immediately_does_not_wait_for_the_end(era: Any) -> None:
    def consumer(message: Message) -> None:
        sleep(0.2)
        Channel("first").send({}, immediately=True)
        Group("room").add("second")
        Group("room").send({}, immediately=True)
        Channel("third").send({})
        sleep(0.2)

    assert sent(world_of(consumer, era=era)) == [(0.3, "first"), (0.3, "second"), (0.5, "third")]


def test_it_comes_after_the_declared_cost_and_is_counted_from_there() -> None:
    @costs(io=0.5)
    def consumer(message: Message) -> None:
        sleep(0.25)
        Channel("late").send({})

    assert sent(world_of(consumer)) == [(0.85, "late")]


def test_what_was_sent_before_the_sleep_arrives_before_its_end() -> None:
    got = []

    def taker(message: Message) -> None:
        got.append(message.channel_name)

    routing = [route("http.request", progress), route(["first", "second", "third"], taker)]
    run = simulate(channels_world(0.1, workers=2, application=site(routing=routing)))
    assert [pick(row, "t", "channel") for row in run.trace.rows(event="begun", component="worker-2")] == [
        (0.1, "first"), (0.3, "second"), (0.6, "third"),
    ]  # fmt: skip
    assert books(run.trace).lost == {}


def test_where_a_late_send_finds_its_channel_full_the_consumer_has_failed() -> None:
    def consumer(message: Message) -> None:
        for _ in range(3):
            sleep(0.1)
            Channel("tiny").send({})

    scenario = world_of(consumer, channel_capacity=(("tiny", 1),))
    assert sent(scenario) == [(0.2, "tiny"), (0.3, "tiny")]
    lost = [pick(row, "t", "channel", "detail") for row in simulate(scenario).trace.rows(event="lost")]
    assert lost == [(0.3, "tiny", "full"), (0.3, "http.request", "consumer failed")]
    ((problem, times),) = simulate(scenario).problems
    assert "raised ChannelFull" in problem
    assert times == 1


def test_who_is_killed_asleep_sends_nothing_more() -> None:
    scenario = world_of(progress, more=(Kill(name="kill", target="worker-1", at=0.4, down=-1.0),))
    assert sent(scenario) == [(0.1, "first"), (0.3, "second")]
    assert ("worker killed", 1) in books(simulate(scenario).trace).lost.items()


def test_who_puts_a_message_back_has_slept_first() -> None:
    tries = []

    def consumer(message: Message) -> None:
        tries.append(message.channel_name)
        if len(tries) == 1:
            sleep(0.5)
            raise ConsumeLater

    run = simulate(world_of(consumer))
    assert [bar[:2] for bar in consumed(run)] == [(0.1, 0.6), (0.6, 0.6)]


def sleepy(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    sleep(0.3)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"slept well"]


@pytest.mark.parametrize("era", ["june2016", "channels11"])
def test_a_view_that_sleeps_answers_late_and_its_run_is_not_plain(era: str) -> None:
    site_ = deployments.slide16(rate=0.5, service=0.0, wsgi=sleepy, era=era)
    assert plain.takes(site_)
    summary = simulate(site_, seconds=20).summary()
    assert summary["served"] > 5
    assert 0.3 < summary["p50"] < 0.4


def test_executed_it_really_sleeps_and_the_sends_have_the_same_order() -> None:
    for era in (JUNE_2016, CHANNELS_10):
        run = execute(world_of(progress, era=era, seconds=1.5))
        rows = list(run.trace.rows(event="sent", component="worker-1"))
        assert [row.channel for row in rows] == ["first", "second", "third"]
        (begun,) = run.trace.rows(event="begun", component="worker-1")
        apart = rows[2].t - rows[0].t
        assert (apart >= 0.5) == era.sends_at_once
        assert rows[2].t - begun.t >= 0.5


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan"), "1", None, True])
def test_another_number_is_refused_in_words(seconds: Any) -> None:
    with pytest.raises(ValueError, match=r"sleep\(.*\): it must be a number of seconds from 0"):
        sleep(seconds)


def test_outside_of_a_consumer_it_says_what_to_use() -> None:
    with pytest.raises(RuntimeError, match=r"sleep\(0.2\): .* use time\.sleep"):
        sleep(0.2)
