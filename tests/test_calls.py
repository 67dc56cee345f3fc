"""Calls on a layer, one after the other: what each gives, and how the layer stands after it."""

import json
import re

import pytest

from chansim.calls import MOST, SHOWN, VERBS, Call, Calls, layer_after

TALK = (
    'send("news", {"n": 1})',
    'send("news", {"n": 2})',
    'send("news", {"n": 3})',
    'receive_many(["news", "weather"])',
    'group_add("room", "ann")',
    'group_add("room", "bob")',
    'send_group("room", {"text": "hello"})',
    'group_discard("room", "bob")',
    "wait(59)",
    "wait(2)",
    'receive_many(["ann"])',
)


@pytest.fixture(scope="module")
def talk():
    return Calls(TALK, capacity=2)


def waiting(state):
    return {
        channel: [state.said[message] for message, _ in places] for channel, places in state.waits.items()
    }


def test_each_call_gives_what_a_layer_of_2016_gave(talk):
    gave = [state.gave for state in talk.states]
    assert gave == [
        "Nothing has been called yet.",
        "gave None.",
        "gave None.",
        "raised ChannelFull.",
        "gave ('news', {'n': 1}).",
        *["gave None."] * 4,
        "It is 59 s now.",
        "It is 61 s now.",
        "gave (None, None).",
    ]


def test_a_layer_stands_as_its_calls_have_left_it(talk):
    states = talk.states
    assert waiting(states[2]) == {"news": ["1", "2"]}
    assert (waiting(states[3]), states[3].gone) == ({"news": ["1", "2"]}, {3: ("news", "lost, full")})
    assert (waiting(states[4]), states[4].gone) == ({"news": ["2"]}, {1: ("news", "taken")})
    assert states[7].groups == {"room": ["ann", "bob"]}
    assert waiting(states[7]) == {"news": ["2"], "ann": ["hello"], "bob": ["hello"]}
    assert len(states[7].new) == 2
    assert states[8].groups == {"room": ["ann"]}
    assert waiting(states[9])["ann"] == ["hello"]
    assert waiting(states[10]) == {"news": [], "ann": [], "bob": []}
    assert {cause for _, cause in states[10].gone.values()} == {"lost, expired"}
    assert states[10].groups == {"room": []}, "whose message expired unread is no member any more"
    assert states[11].gone == {}


def test_the_words_have_the_numbers(talk):
    assert talk.words(3) == (
        'After 3 of 11 calls, at 0 s. send("news", {"n": 3}): raised ChannelFull. 3 on news: lost, full. '
        "news: 2 of 2: 1 (0 s old), 2 (0 s old)."
    )
    assert "ann: 1 of 2: hello (59 s old). " in talk.words(9)
    assert "Group room: ann." in talk.words(9)


def test_the_picture_says_the_same(talk):
    for step in range(12):
        figure = talk.picture(step)
        assert figure.words == talk.words(step)
        assert f"<title>A channel layer, after {step} of 11 calls</title>" in figure.svg
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', figure.svg)]
        assert min(sizes) >= 11
    assert "full" in talk.picture(3).svg
    assert talk.picture() == talk.picture(11) == layer_after(TALK, capacity=2)
    assert len({re.search(r'viewBox="([^"]*)"', talk.picture(step).svg)[1] for step in range(12)}) == 1


def test_what_is_longer_than_the_picture_is_counted_in_it():
    many = [f'send("news", {{"n": {n}}})' for n in range(SHOWN + 3)]
    assert "and 3 more" in layer_after(many, capacity=100).svg


def test_going_back_and_forth_is_the_same_again(talk):
    again = Calls([f"layer.{call}" if not call.startswith("wait") else call for call in TALK], capacity=2)
    assert again == talk
    assert again.states == talk.states
    shorter = talk.without(2)
    assert shorter.calls == TALK[:2] + TALK[3:]
    assert shorter.with_call(TALK[2], 2) == talk


@pytest.mark.parametrize("line", TALK)
def test_a_call_is_written_as_it_was_read(line):
    assert str(Call.read(line)) == line


def test_other_values_are_written_as_python_has_them():
    assert (
        str(Call.read("send('a', {'b': b'x', 'c': (True, None, 1.5)})"))
        == "send(\"a\", {'b': b'x', 'c': (True, None, 1.5)})"
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("send(", "that is no Python"),
        ("", "that is no Python"),
        ("(" * 10_000, "that is no Python"),
        ("n = 1", "that is no Python"),
        ("'news'", "that is no call"),
        ("print.send('a', {})", "that is no call"),
        ('send("news", n=1)', "that is no call"),
        ('sent("news", {})', "there is no call sent: did you mean send"),
        ("flush()", "there are send, receive_many"),
        ('send("news", message)', "write the values out"),
        ('send("news", __import__("os"))', "write the values out"),
        ('send("news")', "send is given a channel and a message"),
        ("wait()", "wait is given a number of seconds"),
        ("wait(-1)", "wait is given a number of seconds, from 0 to 1,000,000"),
        ("wait(True)", "wait is given a number of seconds"),
        ("wait(1e400)", "wait is given a number of seconds"),
    ],
)
def test_what_is_no_call_is_said_in_words_and_never_executed(line, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        Calls((line,))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ('send("no name!!", {})', "InvalidName"),
        ('send("news", 7)', "TypeError"),
        ('receive_many("news")', "TypeError"),
        ("receive_many(7)", "TypeError"),
        ('group_add("room", 7)', ""),
        ('send(["news"], {})', ""),
    ],
)
def test_what_a_layer_refuses_is_what_the_call_gave(call, error):
    assert Calls((call,)).states[1].gave.startswith(f"raised {error}")


def test_what_cannot_be_is_said_in_words(talk):
    with pytest.raises(ValueError, match="several lines are needed"):
        Calls("wait(1)")
    with pytest.raises(ValueError, match=f"{MOST + 1} calls: there may be {MOST}"):
        Calls(["wait(1)"] * (MOST + 1))
    with pytest.raises(ValueError, match="capacity"):
        Calls((), capacity=0)
    for step in (-1, 12, True, 1.0):
        with pytest.raises(ValueError, match="a whole number from 0 to 11"):
            talk.picture(step)


def test_every_verb_says_what_it_is_given():
    assert list(VERBS) == ["send", "receive_many", "group_add", "group_discard", "send_group", "wait"]


def test_what_goes_to_the_browser_is_json_and_says_each_step(talk):
    from chansim.widgets import stepper

    widget = stepper(*TALK, capacity=2)
    kept = json.loads(json.dumps(widget.kept()))
    assert [words for _, _, words, _ in kept["steps"]] == [talk.words(step) for step in range(12)]
    assert kept["step"] == 0
    assert repr(widget) == f"A stepper of 11 calls; run this cell to use it.\n{talk.words(0)}"
    data, _ = widget._repr_mimebundle_()
    assert data["image/svg+xml"] == talk.picture(0).svg


def test_calls_are_added_after_what_is_shown_and_taken_back():
    from chansim.widgets import stepper

    widget = stepper('send("a", {"n": 1})', "wait(5)")
    widget.step = 1
    widget._asked(None, {"call": 'layer.receive_many(["a"])'}, [])
    assert (widget.calls.calls[1], widget.step, widget.steps[2][1]) == (
        'receive_many(["a"])', 2, "gave ('a', {'n': 1}).",
    )  # fmt: skip
    widget._asked(None, {"call": "nonsense"}, [])
    assert "that is no call" in widget.problem
    assert len(widget.calls.calls) == 3
    widget._asked(None, {"take back": 2}, [])
    assert (widget.calls.calls, widget.step, widget.problem) == (('send("a", {"n": 1})', "wait(5)"), 1, "")
    for nonsense in (None, [], {"call": 7}, {"other": 1}):
        widget._asked(None, nonsense, [])
    widget.step = 99
    assert widget.step == 2
