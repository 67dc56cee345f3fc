"""SessionStore and Session: what is remembered, and when it is kept."""

import threading

from chansim.channels.sessions import Session, SessionStore


def test_what_is_saved_is_what_the_next_one_reads() -> None:
    store = SessionStore()
    session = Session(store, "a")
    session["rooms"] = [1]
    assert Session(store, "a").get("rooms") is None
    session.save()
    assert dict(Session(store, "a")) == {"rooms": [1]}


def test_a_session_is_a_copy_until_it_is_saved() -> None:
    store = SessionStore()
    session = Session(store, "a")
    session["rooms"] = rooms = [1]
    session.save()
    rooms.append(2)
    Session(store, "a")["rooms"].append(3)
    assert store.load("a") == {"rooms": [1]}


def test_setting_and_deleting_modify_it_and_saving_ends_that() -> None:
    session = Session(SessionStore(), "a")
    assert not session.modified
    session["name"] = "ada"
    assert session.modified
    session.save()
    assert not session.modified
    del session["name"]
    assert session.modified


def test_what_changes_within_a_value_is_not_seen_as_in_django() -> None:
    session = Session(SessionStore(), "a")
    session["rooms"] = []
    session.save()
    session["rooms"].append(1)
    assert not session.modified


def test_it_reads_as_a_dict() -> None:
    session = Session(SessionStore(), "a")
    session.update(one=1, two=2)
    assert session.pop("one") == 1
    assert session.pop("one", None) is None
    assert session.setdefault("three", 3) == 3
    assert list(session.keys()) == ["two", "three"]
    assert "two" in session
    assert len(session) == 2
    assert repr(session) == "Session('a', {'two': 2, 'three': 3})"


def test_an_empty_session_is_still_one() -> None:
    session = Session(SessionStore(), "a")
    assert session.is_empty()
    assert session


def test_of_two_that_change_one_session_the_later_to_save_wins() -> None:
    store = SessionStore()
    first, second = Session(store, "a"), Session(store, "a")
    first["first"], second["second"] = 1, 2
    first.save()
    second.save()
    assert store.load("a") == {"second": 2}


def test_load_looks_at_what_is_kept_now_and_leaves_the_session_alone() -> None:
    store = SessionStore()
    session, other = Session(store, "a"), Session(store, "a")
    other["n"] = 1
    other.save()
    assert session.load() == {"n": 1}
    assert dict(session) == {}


def test_a_new_session_gets_its_key_when_it_is_saved_the_same_in_every_run() -> None:
    keys = []
    for _ in range(2):
        store = SessionStore()
        first, second = Session(store), Session(store)
        assert first.session_key is None
        first.save()
        second.save()
        keys.append((first.session_key, second.session_key))
    assert keys[0] == keys[1]
    assert keys[0][0] != keys[0][1]
    assert all(len(key) == 32 and key.isalnum() for key in keys[0])


def test_flush_forgets_the_session_and_its_key() -> None:
    store = SessionStore()
    session = Session(store, "a")
    session["n"] = 1
    session.save()
    session.flush()
    assert "a" not in store
    assert session.session_key is None
    assert dict(session) == {}
    assert len(store) == 0


def test_creating_a_session_that_there_is_leaves_it_as_it_is() -> None:
    store = SessionStore()
    store.save("a", {"n": 1})
    store.create("a")
    store.create("b")
    assert (store.load("a"), store.load("b"), store.load("c")) == ({"n": 1}, {}, None)


def test_threads_that_save_new_sessions_at_once_each_get_a_key_of_their_own() -> None:
    store = SessionStore()

    def save_some() -> None:
        for _ in range(200):
            Session(store).save()

    threads = [threading.Thread(target=save_some) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store) == 1600
