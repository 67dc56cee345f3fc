import math

from chansim.measures import depth, depths, family
from measures.written import CHANNELS, CHAT, FULL, NOTHING, trace_of


def test_a_message_is_in_its_channel_from_sent_to_received():
    found = depth(CHANNELS, "http.request")
    assert found.times == [2.5, 3.5]
    assert found.values == [1, 0]
    assert found.mean() == 0.1
    assert found.maximum == 1


def test_a_message_that_a_full_channel_refused_was_never_in_it():
    assert depth(FULL, "http.request").maximum == 0


def test_a_message_lost_after_it_was_received_leaves_once():
    trace = trace_of(
        "0  sent  d  q  1\n 0  sent  d  q  2\n 1  received  w  q  1\n 2  lost  w  q  1  0  consumer failed",
        end=4.0,
    )
    assert depth(trace, "q").values == [2, 1]


def test_a_star_stands_for_all_channels_that_begin_so():
    assert depth(CHAT, "websocket.send!*").values == [2, 1, 0]
    assert depth(CHAT, "websocket.*").maximum == 2
    assert depth(CHAT, "websocket.send!A").values == [1, 0]


def test_every_channel_there_was_and_reply_channels_together():
    found = depths(CHAT)
    assert list(found) == ["socket 1", "websocket.receive", "websocket.send!*", "socket 2"]
    assert found["websocket.send!*"] == depth(CHAT, "websocket.send!*")
    assert found["websocket.receive"] == depth(CHAT, "websocket.receive")


def test_the_plain_network_is_a_channel_without_a_name():
    assert depth(CHANNELS, "").times == [1.0, 1.5, 6.75, 7.0]


def test_a_channel_that_was_never_sent_to_has_no_depth():
    found = depth(CHANNELS, "http.disconnect")
    assert found.maximum is None
    assert math.isnan(found.mean())
    assert depths(NOTHING) == {}


def test_a_reply_channel_is_one_of_a_family():
    names = ["http.request", "http.response!AbCd", "http.request.body?AbCd", ""]
    assert list(map(family, names)) == ["http.request", "http.response!*", "http.request.body?*", ""]
