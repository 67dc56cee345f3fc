"""What the dead did not write down is reckoned: the books balance, whatever they had in hand."""

from chansim.live.losses import Death, reckon
from chansim.trace import BEGUN, ENDED, JOINED, LEFT, RECEIVED, SENT, ThreadedRecorder, Trace
from model.tiny import books


class Book:
    def __init__(self) -> None:
        self.recorder = ThreadedRecorder()

    def row(
        self, t: float, event: int, who: str, message: int, channel: str = "chat", detail: str = ""
    ) -> None:
        code = self.recorder.code
        self.recorder.write(t, event, code(who), code(channel), message, 0, code(detail))

    def reckoned(self, *deaths: Death, waiting: tuple[int, ...] = ()) -> Trace:
        reckon(self.recorder.finish(10.0), deaths, waiting, self.recorder)
        return self.recorder.finish(10.0)


DEATH = Death(5.0, "worker killed", frozenset({"worker-1"}), "m1", range(100, 200))


def test_what_was_sent_and_is_nowhere_was_in_the_dead_ones_hands() -> None:
    book = Book()
    book.row(1.0, SENT, "daphne", 1)
    book.row(2.0, SENT, "daphne", 2)
    book.row(6.0, SENT, "daphne", 3)
    trace = book.reckoned(DEATH, waiting=(2,))
    assert [(row.t, row.message, row.detail) for row in trace.rows(event="lost")] == [
        (5.0, 1, "worker killed")
    ]
    kept = books(trace)
    assert (kept.sent, kept.waiting) == (3, 2)


def test_what_the_dead_had_begun_is_lost_and_its_bar_ends() -> None:
    book = Book()
    for message, who in ((1, "worker-1"), (2, "worker-2"), (3, "worker-1")):
        book.row(1.0, SENT, "daphne", message)
        book.row(2.0, RECEIVED, who, message)
    for message, who in ((1, "worker-1"), (2, "worker-2")):
        book.row(2.0, BEGUN, who, message)
    trace = book.reckoned(DEATH)
    assert [(row.t, row.message) for row in trace.rows(event="lost")] == [(5.0, 1), (5.0, 3)]
    assert [(row.t, row.component) for row in trace.rows(event="ended")] == [(5.0, "worker-1")]
    assert books(trace).in_service == 1


def test_what_the_dead_had_done_with_is_not_lost() -> None:
    book = Book()
    for t, event in ((1.0, SENT), (2.0, RECEIVED), (2.0, BEGUN), (3.0, ENDED)):
        book.row(t, event, "worker-1", 1)
    assert books(book.reckoned(DEATH)).lost == {}


def test_what_the_dead_sent_and_did_not_say_so_was_sent_all_the_same() -> None:
    book = Book()
    book.row(5.5, RECEIVED, "worker-2", 150)
    trace = book.reckoned(DEATH)
    assert books(trace).sent == 1
    assert [row.component for row in trace.rows(event="sent")] == ["m1"]


def test_a_parcel_is_lost_only_with_the_machine_it_was_on_its_way_to() -> None:
    book = Book()
    for message in (1, 2):
        book.row(1.0, SENT, "clients", message, channel="", detail="request")
    on_its_way = Death(5.0, "worker killed", frozenset(), "m1", range(0), frozenset({2}))
    assert [row.message for row in book.reckoned(on_its_way).rows(event="lost")] == [2]


FLUSHED = Death(5.0, "layer flushed", name="layer", had=lambda channel: channel.startswith("a"))


def test_a_layer_that_was_started_anew_has_forgotten_what_waited() -> None:
    book = Book()
    book.row(1.0, SENT, "daphne", 1)
    book.row(6.0, SENT, "daphne", 2)
    trace = book.reckoned(FLUSHED, waiting=(2,))
    assert books(trace).lost == {"layer flushed": 1}


def test_what_waited_when_a_machine_died_was_lost_by_the_layer_that_forgot_it_later() -> None:
    killed = Death(2.0, "worker killed", frozenset({"worker-1"}), "m1")
    book = Book()
    book.row(1.0, SENT, "daphne", 1)
    assert books(book.reckoned(killed, FLUSHED)).lost == {"layer flushed": 1}
    # but it did not wait if what was sent after it was received: then it was in the hands of who died
    book = Book()
    book.row(1.0, SENT, "daphne", 1)
    book.row(1.5, SENT, "daphne", 2)
    book.row(3.0, RECEIVED, "worker-2", 2)
    assert books(book.reckoned(killed, FLUSHED)).lost == {"worker killed": 1}


def test_of_several_who_died_it_was_the_last_before_a_message_was_missed() -> None:
    book = Book()
    book.row(1.0, SENT, "daphne", 1)
    book.row(1.0, SENT, "daphne", 2)
    book.row(1.5, SENT, "daphne", 3)
    book.row(4.0, RECEIVED, "worker-2", 3)
    first, last = Death(2.0, "worker killed", name="m1"), Death(3.5, "worker killed", name="m2")
    trace = book.reckoned(first, last, Death(4.5, "worker killed", name="m1"))
    assert {row.t for row in trace.rows(event="lost")} == {3.5}


def test_a_layer_that_was_started_anew_has_no_groups() -> None:
    book = Book()
    for channel in ("a", "b", "a2"):
        book.row(1.0, JOINED, "worker", 0, channel, "chat")
    book.row(2.0, LEFT, "worker", 0, "a2", "chat")
    book.row(6.0, JOINED, "worker", 0, "a", "chat")
    trace = book.reckoned(FLUSHED)
    assert [(row.t, row.channel, row.detail, row.component) for row in trace.rows(event="left")] == [
        (2.0, "a2", "chat", "worker"),
        (5.0, "a", "chat", "layer"),  # "b" is on another server
    ]
