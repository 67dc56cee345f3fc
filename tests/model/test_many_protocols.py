"""Interface servers for other protocols than HTTP: datagrams, texts, mails (slide 32).
Nothing takes time here but what a test asks for."""

from collections import Counter
from typing import Any

import pytest

from chansim import Scenario, ScenarioError, execute, simulate
from chansim.applications.many_protocols import channel_routing
from chansim.channels import Channel, Message, route
from chansim.model.arrivals import Poisson, Recorded
from chansim.model.component import Component
from chansim.model.gateway import Gateway
from chansim.model.network import Link, Network
from chansim.model.senders import Senders
from chansim.model.udp_server import UDPServer
from model.tiny import AT_ONCE, Script, books, channels_world, pick, seen, site

ERAS = pytest.mark.parametrize("era", ["june2016", "channels10", "channels11"])


def senders(*moments: float, members: int = 2, server: str = "udp") -> Senders:
    """People, or sensors, who send at these moments, in turn."""
    return Senders(name="senders", server=server, members=members, arrivals=Recorded(moments))


def udp(
    *moments: float, routing: Any = channel_routing, more: tuple[Component, ...] = (), **options: Any
) -> Any:
    """Sensors, and a UDP server on its own."""
    members = options.pop("members", 2)
    server = UDPServer(name="udp", machine="host", layer="layer", cpu=0.0, poll=options.pop("poll", 0.0))
    return channels_world(
        application=site(routing=routing, io=options.pop("io", 0.0)),
        more=(senders(*moments, members=members), server, *more), **options
    )  # fmt: skip


def gateway(*moments: float, protocol: str = "sms", routing: Any = channel_routing, **options: Any) -> Any:
    """People, and a gateway that looks each 0.1 s for what it is to send."""
    server = Gateway(name="gateway", machine="host", layer="layer", cpu=0.0, protocol=protocol)
    return channels_world(
        application=site(routing=routing), more=(senders(*moments, server="gateway"), server), **options
    )


# -- datagrams


@ERAS
def test_a_datagram_is_a_message_and_is_answered_if_a_consumer_does(era: str) -> None:
    """The consumer takes 20 ms."""
    world = udp(1.0, 2.0, 3.0, io=0.02, era=era)
    assert seen(world, "t", "detail", event="received", component="senders") == [
        (1.02, "datagram"),
        (2.02, "datagram"),
        (3.02, "datagram"),
    ]
    assert seen(world, "t", event="sent", channel="udp.receive") == [(1.0,), (2.0,), (3.0,)]
    assert books(simulate(world).trace).lost == {}


@ERAS
def test_no_connection_is_held(era: str) -> None:
    trace = simulate(udp(1.0, 2.0, era=era)).trace
    assert list(trace.rows(event="connected")) == []


def test_a_datagram_that_nobody_answers_has_no_answer_and_nobody_waits() -> None:
    def silent(message: Message) -> None:
        """It is taken."""

    run = simulate(udp(1.0, routing=(route("udp.receive", silent),)))
    assert list(run.trace.rows(event="received", component="senders")) == []
    assert books(run.trace).waiting == 0


@ERAS
def test_an_address_has_one_reply_channel_and_no_other_has_the_same(era: str) -> None:
    heard: list[tuple[Any, str]] = []

    def note(message: Message) -> None:
        assert message.reply_channel is not None
        heard.append((message["client"], message.reply_channel.name))

    simulate(udp(1.0, 2.0, 3.0, 4.0, era=era, routing=(route("udp.receive", note),)))
    assert [client for client, _ in heard] == [["senders", 1], ["senders", 2]] * 2
    one, two, again, again_two = (name for _, name in heard)
    assert one == again != two == again_two
    assert one.startswith("udp.send")
    assert "!" in one


def test_the_message_has_the_keys_of_the_draft() -> None:
    contents: list[dict[str, Any]] = []

    def note(message: Message) -> None:
        contents.append(dict(message.content))

    simulate(udp(1.0, routing=(route("udp.receive", note),)))
    assert contents[0].keys() == {"reply_channel", "data", "client", "server"}
    assert contents[0]["data"] == b"hello"


def test_120_at_once_find_room_for_100() -> None:
    """As somebody found who sent 120 packets nearly at once: 100 wait, one is in the worker's hands."""
    run = simulate(udp(*[1.0] * 120, io=0.01, members=120))
    assert books(run.trace).lost == {"full": 19}
    assert len(list(run.trace.rows(event="received", component="senders"))) == 101


def test_replies_are_found_at_the_next_look() -> None:
    """Looks each 50 ms, of which the first after the reply is that of 1.05 s."""
    world = udp(1.01, io=0.013, poll=0.05)
    assert seen(world, "t", event="received", component="senders") == [(1.05,)]


def test_a_reply_that_is_no_datagram_is_lost_and_told_in_words() -> None:
    def bad(message: Message) -> None:
        assert message.reply_channel is not None
        message.reply_channel.send({"text": "hello"})

    run = simulate(udp(1.0, 2.0, routing=(route("udp.receive", bad),)))
    assert books(run.trace).lost == {"bad reply": 2}
    assert sum(times for _, times in run.problems) == 2
    assert "is no datagram: its data are None, not bytes" in run.problems[0][0]


def test_the_server_does_one_thing_at_a_time() -> None:
    world = udp(1.0, 1.0).change("udp", cpu=0.1)
    assert seen(world, "t", event="sent", channel="udp.receive") == [(1.1,), (1.2,)]


# -- texts and mails


@pytest.mark.parametrize("protocol", ["sms", "email"])
def test_what_people_send_is_a_message_and_what_is_to_be_sent_has_a_channel_of_its_own(protocol: str) -> None:
    world = gateway(1.03, protocol=protocol)
    run = simulate(world)
    assert [pick(r, "t", "channel") for r in run.trace.rows(event="sent") if r.channel] == [
        (1.03, f"{protocol}.receive"),
        (1.03, f"{protocol}.send"),
    ]
    assert seen(world, "t", "detail", event="received", component="senders") == [(1.1, protocol)]
    assert books(run.trace).lost == {}


@pytest.mark.parametrize(("protocol", "text"), [("sms", "text"), ("email", "content")])
def test_there_is_no_reply_channel(protocol: str, text: str) -> None:
    contents: list[dict[str, Any]] = []

    def note(message: Message) -> None:
        assert message.reply_channel is None
        contents.append(dict(message.content))

    simulate(gateway(1.0, 2.0, protocol=protocol, routing=(route(f"{protocol}.receive", note),)))
    assert [content["from"] for content in contents] == ["1@senders", "2@senders"]
    assert contents[0][text] == "hello"


def test_it_sends_one_message_a_look_and_the_rest_waits() -> None:
    """Ten thanks at 1.03 s, looks each 0.1 s."""
    sent = seen(gateway(*[1.03] * 10), "t", event="received", component="senders")
    assert sent == [(pytest.approx(1.1 + 0.1 * n),) for n in range(10)]


def test_two_gateways_share_what_is_to_be_sent() -> None:
    second = Gateway(name="second", machine="host", layer="layer", cpu=0.0)
    other = Senders(name="others", server="second", arrivals=Recorded((5.0,)))
    run = simulate(gateway(*[1.03] * 10).add(second, other))
    sent = [
        row for row in run.trace.rows(event="sent", detail="sms") if row.component in ("gateway", "second")
    ]
    assert Counter(row.component for row in sent if row.t < 5.0) == {"gateway": 5, "second": 5}
    assert books(run.trace).lost == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"to": "nobody", "text": "hi"}, "to='nobody': it must be an address, such as '1@senders'"),
        ({"text": "hi"}, "to=None: it must be an address"),
        ({"to": "1@senders"}, "it has no 'text'"),
    ],
)
def test_what_cannot_be_sent_is_lost_and_told_in_words(content: dict[str, Any], words: str) -> None:
    def bad(message: Message) -> None:
        Channel("sms.send").send(content)

    run = simulate(gateway(1.0, 2.0, routing=(route("sms.receive", bad),)))
    assert books(run.trace).lost == {"bad reply": 2}
    ((problem, times),) = run.problems
    assert (times, words in problem) == (2, True)


def test_a_text_that_finds_its_channel_full_is_lost() -> None:
    run = simulate(gateway(*[1.0] * 12, workers=0, capacity=10))
    assert books(run.trace).lost == {"full": 2}


# -- all of them in one room


def everything(**senders_of: Any) -> Scenario:
    """A browser in the room, a sensor, and somebody with a telephone."""
    phone = Gateway(name="gateway", machine="host", layer="layer", cpu=0.0)
    people = Senders(name="people", server="gateway", members=1, **senders_of)
    browser = Script(name="browsers", lines=((0.1, 1, "connect"), (0.4, 1, "hello")))
    return udp(1.0, more=(browser, phone, people), server=AT_ONCE)


def test_the_room_hears_of_all_of_them() -> None:
    world = everything(arrivals=Recorded((2.0,)))
    run = simulate(world)
    heard = [round(row.t, 6) for row in run.trace.rows(event="received", component="browsers")]
    assert heard == [0.4, 1.0, 2.0]
    assert books(run.trace).lost == {}


def test_they_work_for_real() -> None:
    run = execute(everything(arrivals=Poisson(20.0)), seconds=1.5)
    assert not run.problems
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert [row.detail for row in run.trace.rows(event="received", component="senders")] == ["datagram"]
    thanks = [row.detail for row in run.trace.rows(event="received", component="people")]
    assert 5 < len(thanks) <= 15
    assert set(thanks) == {"sms"}


def test_the_way_takes_its_time() -> None:
    far = Network(Link(0.0), Link(0.0), outside=Link(0.2))
    world = udp(1.0).with_(network=far)
    assert seen(world, "t", event="received", component="senders") == [(1.4,)]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Gateway(name="g", layer="layer", protocol="fax"), "protocol=.fax.: it must be one of sms"),
        (lambda: Gateway(name="g", layer="layer", look=0), "look=0: it must be a number of seconds above 0"),
        (lambda: Senders(name="s", server="udp", members=0), "senders 's': members=0"),
        (lambda: Senders(name="s", server="udp", arrivals=3), "arrivals=3: it must be Poisson"),  # type: ignore[arg-type]
        (lambda: Senders(name="s", server="udp", text=3), "text=3: it must be text"),  # type: ignore[arg-type]
        (lambda: udp(1.0).change("senders", server="server"), "it must name a mailbox; here there is: 'udp'"),
        (lambda: simulate(gateway(1.0).with_(seconds=None)), "gateway 'gateway' would go on for ever"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_answered_in_words(make: Any, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        make()


def test_the_boxes_say_what_they_are() -> None:
    world = everything(arrivals=Poisson(2.0))
    assert world["udp"].label == ("Interface Server", "(UDP)")
    assert world["gateway"].label == ("Interface Server", "(SMS gateway)")
    assert world["people"].label == ("Senders", "2/s, Poisson")
