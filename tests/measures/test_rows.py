from chansim.measures import cut
from chansim.measures.rows import codes, rows, window
from chansim.trace import BEGUN, LOST, SENT
from measures.written import CHANNELS, NOTHING


def test_rows_of_some_events_only_in_order():
    assert list(rows(CHANNELS, (SENT, BEGUN), "t", "message")) == [
        (1.0, 1), (2.0, 1), (2.5, 2), (3.5, 2), (5.5, 3), (6.5, 3), (6.75, 4),
    ]  # fmt: skip
    assert list(rows(CHANNELS, (LOST,), "t")) == []
    assert list(rows(NOTHING, (SENT,), "t")) == []


def test_one_name_or_several_and_none_for_the_unknown():
    assert codes(CHANNELS, "clients") == {CHANNELS.code("clients")}
    assert codes(CHANNELS, ["clients", "daphne", "nobody"]) == {
        CHANNELS.code("clients"),
        CHANNELS.code("daphne"),
    }


def test_a_cut_keeps_the_rows_up_to_and_with_the_moment():
    before = cut(CHANNELS, 2.5)
    assert list(before.t) == [1.0, 1.5, 2.0, 2.5, 2.5]
    assert before.end == 2.5
    assert len(CHANNELS) == 14


def test_a_window_lies_within_the_run():
    assert window(CHANNELS, -1.0, None) == (0.0, 10.0)
    assert window(CHANNELS, 2.0, 12.0) == (2.0, 10.0)
