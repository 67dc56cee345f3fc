import pytest

from chansim import deployments, execute, simulate
from chansim.course.checking import judge
from chansim.course.lessons.lesson_00 import unheard
from chansim.course.promise import Promise

CHAT = deployments.slide24(members=4, rate=1.0)


def test_a_run_keeps_it_or_says_what_broke_it():
    run = simulate(CHAT, seconds=2)
    assert str(Promise("all is well", lambda _: "").judge(run)) == "✓ simulated: all is well."
    assert str(Promise("all is well", lambda _: "it rained").judge(run)) == "→ simulated: it rained."


@pytest.mark.parametrize(("value", "words"), [(None, "None"), (CHAT, "an object of type Scenario")])
def test_what_is_no_run_gets_a_hint(value, words):
    assert str(judge("00-chat", value)).endswith(f"a run is asked for, and this is {words}.")


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_chat_keeps_its_promise_in_virtual_time_wherever_it_is_cut_off(seed):
    assert unheard(simulate(CHAT, seed=seed, seconds=4 + 0.011 * seed)) == ""


def test_the_chat_keeps_its_promise_for_real():
    assert unheard(execute(CHAT, seconds=2)) == ""


def test_a_room_where_somebody_misses_a_line_breaks_it():
    run = simulate(CHAT.change("layer", capacity=1).change("daphne", cpu=0.05), seconds=20)
    assert "did not reach every member" in unheard(run)


def test_a_consumer_that_tells_everybody_twice_breaks_it():
    from chansim.applications import chat
    from chansim.channels import route

    def twice(message):
        chat.ws_receive(message)
        chat.ws_receive(message)

    routing = (chat.channel_routing[0], route("websocket.receive", twice), chat.channel_routing[2])
    assert unheard(simulate(deployments.slide24(members=4, rate=1.0, routing=routing), seconds=5)) == (
        "a member heard the same line twice"
    )


def test_silence_proves_nothing():
    assert unheard(simulate(CHAT, seconds=0.5)) == "no line was said and heard: let the run last longer"
