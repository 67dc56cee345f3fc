"""What changed between June 2016 and 1.1 in the interface server, seen from
the browser (semantics, 0 and 2.1)."""

from typing import Any

import pytest

from chansim import ScenarioError, simulate
from chansim.channels import Message, costs, route
from chansim.layer.eras import CHANNELS_10, CHANNELS_11, ERAS, JUNE_2016
from chansim.model.channel_layer import ChannelLayer
from model.tiny import answers, books, channels_world, chat_world, consumed, pick, seen, site

LATER = ("channels10", "channels11")


def replies(*contents: dict[str, Any]) -> Any:
    """A routing whose websocket.connect consumer answers with these."""

    def on_connect(message: Message) -> None:
        assert message.reply_channel is not None
        for content in contents:
            message.reply_channel.send(content)

    def nothing(message: Message) -> None:
        pass

    return (
        route("websocket.connect", on_connect),
        route(["websocket.receive", "websocket.disconnect"], nothing),
    )


def told(run: Any) -> list[tuple[Any, ...]]:
    """What reached the browsers."""
    return [pick(row, "t", "detail") for row in run.trace.rows(event="received", component="browsers")]


@pytest.mark.parametrize("era", LATER)
def test_a_socket_opens_when_the_application_says_so(era: str) -> None:
    """The consumer takes 20 ms; the server finds its yes at the next look."""
    looks = {"poll": 0.0, "idle_poll": 0.0}
    run = simulate(
        chat_world(
            (1.0, 1, "connect"), routing=replies({"accept": True}), era=era, server=looks, costs={"io": 0.02}
        )
    )
    assert told(run) == [(1.02, "accept")]
    assert [pick(row, "t") for row in run.trace.rows(event="connected")] == [(1.02,)]


def test_in_june_2016_it_was_open_before_the_application_knew() -> None:
    run = simulate(chat_world((1.0, 1, "connect"), routing=replies(), costs={"io": 0.02}))
    assert [pick(row, "t") for row in run.trace.rows(event="connected")] == [(1.0,)]


@pytest.mark.parametrize("era", LATER)
@pytest.mark.parametrize("no", [{"accept": False}, {"close": True}, {"accept": False, "text": "ignored"}])
def test_a_no_is_a_403_and_the_application_hears_of_the_end(era: str, no: dict[str, Any]) -> None:
    run = simulate(chat_world((1.0, 1, "connect"), routing=replies(no), era=era, server={"poll": 0.0}))
    assert [detail for _, detail in told(run)] == ["403"]
    assert list(run.trace.rows(event="connected")) == []
    assert [row.t for row in run.trace.rows(event="received", channel="websocket.disconnect")] != []


@pytest.mark.parametrize("era", LATER)
def test_text_is_a_yes_too_and_so_is_text_with_a_close(era: str) -> None:
    run = simulate(chat_world((1.0, 1, "connect"), routing=replies({"text": "hi", "close": True}), era=era))
    assert [detail for _, detail in told(run)] == ["accept", "frame", "close"]


@pytest.mark.parametrize("era", LATER)
def test_without_an_answer_the_connection_is_dropped_after_five_seconds(era: str) -> None:
    run = simulate(chat_world((1.0, 1, "connect"), routing=replies(), era=era), seconds=20.0)
    assert told(run) == [(6.0, "dropped")]


@pytest.mark.parametrize("era", LATER)
def test_a_connect_that_finds_its_channel_full_is_a_503(era: str) -> None:
    run = simulate(
        chat_world(
            (1.0, 1, "connect"), (1.1, 2, "connect"), routing=replies(), era=era, workers=0, capacity=1
        )
    )
    assert told(run)[0] == (1.1, "503")
    assert books(run.trace).lost == {"full": 1}


def test_in_june_2016_that_connect_was_lost_and_the_socket_stayed() -> None:
    run = simulate(
        chat_world((1.0, 1, "connect"), (1.1, 2, "connect"), routing=replies(), workers=0, capacity=1)
    )
    assert told(run) == []
    assert len(list(run.trace.rows(event="connected"))) == 2


FRAMES = (
    (1.0, 1, "connect"), (2.0, 1, "one"), (2.1, 1, "two"), (2.2, 1, "three"), (3.0, 1, "four"), (4.0, 1, "close"),
)  # fmt: skip


@costs(io=100.0)
def busy(message: Message) -> None:
    """A consumer that keeps its worker: the second frame waits, and the third finds the channel full."""


def busy_world(era: str) -> Any:
    full = (("websocket.receive", 1),)
    routing = (
        *replies({"accept": True} if ERAS[era].handshake_waits else {})[:1],
        route("websocket.receive", busy),
    )
    return chat_world(*FRAMES, routing=routing, era=era, channel_capacity=full)


@pytest.mark.parametrize("era", LATER)
def test_a_frame_that_finds_its_channel_full_closes_the_socket_which_is_silent_ever_after(era: str) -> None:
    """1013, "try again later"; and no websocket.disconnect is sent, so that groups keep the member."""
    run = simulate(busy_world(era))
    assert told(run)[1:] == [(2.2, "1013")]
    assert [pick(row, "t") for row in run.trace.rows(event="sent", channel="websocket.receive")] == [
        (2.0,), (2.1,), (2.2,),
    ]  # fmt: skip
    assert books(run.trace).lost == {"full": 1}
    assert list(run.trace.rows(channel="websocket.disconnect")) == []


def test_in_june_2016_the_frame_was_lost_and_the_socket_stayed() -> None:
    run = simulate(busy_world("june2016"))
    assert books(run.trace).lost == {"full": 2}
    assert len(list(run.trace.rows(event="sent", channel="websocket.disconnect"))) == 1


# -- replies


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("bad", [{"txt": "hello"}, {"text": "hello", "priority": 1}])
def test_a_reply_with_an_unknown_key_is_lost_and_the_error_names_it(era: str, bad: dict[str, Any]) -> None:
    run = simulate(chat_world((1.0, 1, "connect"), routing=replies(bad), era=era))
    assert books(run.trace).lost == {"bad reply": 1}
    (problem,) = (words for words, _ in run.problems)
    assert str(sorted(bad.keys() - {"text"})) in problem


def test_in_june_2016_a_bad_reply_was_the_last_that_the_server_read() -> None:
    """The second browser's good reply is sent, and lies there."""
    bad = simulate(chat_world((1.0, 1, "connect"), (2.0, 2, "connect"), routing=replies({"txt": "hello"})))
    assert [pick(row, "detail") for row in bad.trace.rows(event="fault")] == [("reads no more replies",)]
    assert books(bad.trace).lost == {"bad reply": 1}
    assert books(bad.trace).waiting == 1


@pytest.mark.parametrize("era", LATER)
def test_later_it_reads_on(era: str) -> None:
    run = simulate(
        chat_world(
            (1.0, 1, "connect"),
            (2.0, 2, "connect"),
            routing=replies({"txt": "hello"}, {"accept": True}),
            era=era,
        )
    )
    assert [detail for _, detail in told(run)] == ["accept", "accept"]


def test_text_and_bytes_at_once_are_an_error_since_1_0_and_were_two_frames_before() -> None:
    both = {"text": "a", "bytes": b"b"}
    june = simulate(chat_world((1.0, 1, "connect"), routing=replies(both)))
    later = simulate(
        chat_world((1.0, 1, "connect"), routing=replies({"accept": True}, both), era="channels10")
    )
    assert [detail for _, detail in told(june)] == ["frame", "frame"]
    assert [detail for _, detail in told(later)] == ["accept"]
    assert books(later.trace).lost == {"bad reply": 1}


# -- reply channels


def sent_to(run: Any) -> list[str]:
    return [row.channel for row in run.trace.rows(event="sent") if "!" in row.channel]


def test_since_1_1_all_replies_of_a_server_go_through_one_queue() -> None:
    """Each client has its name in it: daphne.response.XXXXXXXXXX!YYYYYYYYYY."""
    run = simulate(channels_world(0.1, 0.2, 0.3, era="channels11"))
    assert [status for _, _, status in answers(run)] == ["200"] * 3
    assert all(name.startswith("daphne.response.") for name in sent_to(run))
    assert len({name.partition("!")[0] for name in sent_to(run)}) == 1


def slow_reader(era: str) -> Any:
    """Four answers at once, a capacity of two, and a server that looks each second."""
    return channels_world(
        *(0.1,) * 4, workers=4, application=site(io=0.5), era=era,
        server={"poll": 1.0, "idle_poll": 1.0}, channel_capacity=(("http.request", 10),), capacity=2,
    )  # fmt: skip


def test_and_its_capacity_is_shared_by_all_its_clients() -> None:
    """The first look after 0.6 s makes room for the workers that still hold their response: views wait."""
    own, shared = simulate(slow_reader("channels10")), simulate(slow_reader("channels11"))
    assert [end for _, end, _, _ in consumed(own)] == [0.6] * 4
    assert [end for _, end, _, _ in consumed(shared)] == [0.6, 0.6, 1.0, 1.0]
    for run in (own, shared):
        assert len(answers(run)) == 4
        assert books(run.trace).lost == {}


def test_a_reply_for_a_client_that_is_gone_was_never_read_and_later_is_thrown_away() -> None:
    """A view of 5 s, and a server that gives up after 1."""

    def world(era: str) -> Any:
        return channels_world(0.1, application=site(io=5.0), server={"http_timeout": 1.0}, era=era)

    assert books(simulate(world("channels10")).trace).waiting == 1
    assert books(simulate(world("channels11")).trace).lost == {"gone client": 1}


# -- http.disconnect


def test_http_disconnect_is_sent_after_every_request_if_asked_for() -> None:
    """Nobody takes it: it fills its channel, and the next is lost."""
    world = channels_world(0.1, 0.2, 0.3, server={"http_disconnect": True}, capacity=2)
    run = simulate(world)
    assert len(seen(world, "t", event="sent", channel="http.disconnect")) == 3
    assert books(run.trace).lost == {"full": 1}
    assert [status for _, _, status in answers(run)] == ["200"] * 3


def test_the_eras_are_told_apart_by_their_habits() -> None:
    assert len({JUNE_2016, CHANNELS_10, CHANNELS_11}) == 3
    with pytest.raises(ScenarioError, match="channel layer 'l': era='2015': it must be one of june2016"):
        ChannelLayer(name="l", era="2015")
    with pytest.raises(ScenarioError, match="era=\\[\\]"):
        ChannelLayer(name="l", era=[])  # type: ignore[arg-type]
