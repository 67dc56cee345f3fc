from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chansim.measures import Books, books, losses, losses_by_channel
from chansim.trace import BEGUN, CAUSES, ENDED, LOST, RECEIVED, SENT, Recorder
from measures.written import CHANNELS, FULL, NOTHING, POOL, trace_of


def test_losses_are_counted_by_cause_and_by_channel():
    assert losses(FULL) == {"full": 1}
    assert losses_by_channel(POOL) == {"gunicorn.accept": {"backlog full": 1}}


def test_reply_channels_stand_together():
    trace = trace_of("1  lost  d  r!A  1  1  expired\n 1  lost  d  r!B  2  2  expired", end=2.0)
    assert losses_by_channel(trace) == {"r!*": {"expired": 2}}


def test_the_books_of_a_run():
    assert books(FULL) == Books(sent=4, received=2, waiting=1, lost={"full": 1}, in_service=0)
    assert books(CHANNELS) == Books(sent=4, received=4, waiting=0, lost={}, in_service=0)


def test_the_books_at_a_moment_count_what_happened_then():
    assert books(CHANNELS, at=2.5) == Books(sent=2, received=1, waiting=1, lost={}, in_service=0)
    assert books(CHANNELS, at=5.5) == Books(sent=3, received=2, waiting=1, lost={}, in_service=1)
    assert books(CHANNELS, at=0.5) == Books(0, 0, 0, {}, 0)


def test_a_message_lost_after_it_was_received_is_lost():
    failed = (
        "0  sent  d  q  1\n 1  received  w  q  1\n 1  begun  w  q  1\n 2  lost  w  q  1  0  consumer failed"
    )
    assert books(trace_of(failed, end=3.0)) == Books(1, 0, 0, {"consumer failed": 1}, 0)


def test_the_books_of_nothing_are_empty_and_balance():
    assert books(NOTHING) == Books(0, 0, 0, {}, 0)
    assert books(NOTHING).balanced
    assert losses(NOTHING) == {}
    assert losses_by_channel(NOTHING) == {}


def test_the_books_do_not_balance_where_a_message_comes_twice_or_from_nowhere():
    twice = "0  sent  d  q  1\n 1  received  w  q  1\n 1  received  v  q  1"
    nowhere = "1  received  w  q  1"
    lost_twice = "0  sent  d  q  1\n 1  lost  d  q  1  0  full\n 1  lost  d  q  1  0  expired"
    assert not any(books(trace_of(rows, end=2.0)).balanced for rows in (twice, nowhere, lost_twice))


LIVES = [
    (SENT, RECEIVED, BEGUN, ENDED),
    (SENT, LOST),
    (SENT, RECEIVED, LOST),
    (SENT, RECEIVED, BEGUN, LOST),
    (SENT, RECEIVED, BEGUN, LOST, ENDED),
]
"""All that may happen to a message, in order; a run may end anywhere in it."""


@st.composite
def rows_of_a_run(draw):
    """The events of several messages, each in a legal order, as they happened among one another."""
    lives = draw(st.lists(st.tuples(st.sampled_from(LIVES), st.sampled_from(CAUSES)), max_size=12))
    order = draw(st.permutations([message for message, (life, _) in enumerate(lives, 1) for _ in life]))
    left = {message: list(life) for message, (life, _) in enumerate(lives, 1)}
    rows = [(left[message].pop(0), message, lives[message - 1][1]) for message in order]
    return rows[: draw(st.integers(0, len(rows)))]


def expected(rows):
    """The books, message by message."""
    happened = {}
    for event, message, cause in rows:
        happened.setdefault(message, {})[event] = cause
    lost = Counter(events[LOST] for events in happened.values() if LOST in events)
    kept = [events for events in happened.values() if LOST not in events]
    received = sum(RECEIVED in events for events in kept)
    in_service = sum(BEGUN in events and ENDED not in events for events in kept)
    return Books(len(happened), received, len(kept) - received, dict(lost), in_service)


@given(rows_of_a_run())
def test_the_books_balance_after_every_row_of_a_legal_run(rows):
    recorder = Recorder()
    for t, (event, message, cause) in enumerate(rows):
        detail = recorder.code(cause) if event == LOST else 0
        recorder.write(float(t), event, recorder.code("w"), recorder.code("q"), message, 0, detail)
    trace = recorder.finish(float(len(rows)))
    for t in range(len(rows)):
        found = books(trace, at=float(t))
        assert found.balanced
        assert found == expected(rows[: t + 1])
