"""A real small project of Channels 4, the exported chat, traced under Daphne and uvicorn: what views then show."""

import json
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from chansim import Run
from chansim.contrib.channels4 import run_of
from chansim.measures import journeys
from chansim.views import delivery_matrix, ecdf, gantt, space_time, topology, waterfall
from export.exported_site import PATIENCE, Site, in_memory, written
from model.tiny import books

MEMBERS, LINES = 3, 5

SETTINGS = """\
from chat.settings import *

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "chansim.contrib.channels4.TracedLayer",
        "CONFIG": {"inner": CHANNEL_LAYERS["default"], "trace": "chat.trace"},
    },
}
"""

WHOLE = """\
from chat.asgi import application

from chansim.contrib.channels4 import TracedApplication

application = TracedApplication(application)
"""


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def run(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three members chat, one leaves; and the administrator ends the server."""
    folder = written(in_memory(), tmp_path_factory.mktemp(request.param))
    (folder / "traced_settings.py").write_text(SETTINGS)
    (folder / "traced.py").write_text(WHOLE)
    site = Site(folder, request.param, "traced:application", DJANGO_SETTINGS_MODULE="traced_settings")
    try:
        site.wait()
        assert site.get("/").status_code == 200
        with ExitStack() as those_who_stay:
            with site.join() as who_leaves:
                stay = [those_who_stay.enter_context(site.join()) for _ in range(MEMBERS - 1)]
                members = [*stay, who_leaves]
                for number in range(LINES):
                    say(members[number % MEMBERS], f"line {number}")
                    assert {hear(each) for each in members} == {f"[user] line {number}"}
            say(stay[0], "who is left?")
            assert {hear(each) for each in stay} == {"[user] who is left?"}
        site.end()
    finally:
        site.stop()
    return run_of(folder / "chat.trace")


def say(member: ClientConnection, text: str) -> None:
    member.send(json.dumps({"text": text}))


def hear(member: ClientConnection) -> str:
    return str(json.loads(member.recv(timeout=PATIENCE))["text"])


def test_what_was_said_is_there_with_all_who_heard_it(run: Run) -> None:
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    assert (kept.waiting, kept.lost) == (0, {})
    said = [row.request for row in run.trace.rows(event="sent", component="browsers", detail="frame")]
    heard = Counter(
        row.request for row in run.trace.rows(event="received", component="browsers", detail="frame")
    )
    assert [heard[request] for request in said] == [MEMBERS] * LINES + [MEMBERS - 1]
    assert len(list(run.trace.rows(event="connected"))) == MEMBERS
    assert len(list(run.trace.rows(event="disconnected"))) == MEMBERS
    assert pages(run) >= 2


def pages(run: Run) -> int:
    return len(list(run.trace.rows(event="received", component="browsers", detail="200")))


def test_a_consumer_does_one_thing_at_a_time(run: Run) -> None:
    busy: dict[str, int] = {}
    for row in run.trace.rows():
        if row.event == "begun":
            assert row.component not in busy
            busy[row.component] = row.message
        elif row.event == "ended":
            assert busy.pop(row.component) == row.message
    assert len(busy) < MEMBERS  # of those who closed their sockets when the server was ended
    lanes = {row.component for row in run.trace.rows(event="begun")}
    assert lanes <= set(run.scenario["consumers"].lanes())
    assert len(lanes) >= MEMBERS


def test_the_views_show_it(run: Run) -> None:
    assert f"{LINES + 1} lines" in delivery_matrix(run).words
    assert "consumers/1" in gantt(run, 0.0, run.trace.end).words
    line = next(row.request for row in run.trace.rows(event="sent", component="browsers", detail="frame"))
    drawn = space_time(run, request=line)
    assert "consumers/1" in drawn.svg
    assert "browsers" in drawn.svg
    found = [each for each in journeys(run.trace, ["browsers"]) if each.request == line]
    assert len(found) == MEMBERS
    assert all(each.latency > 0 for each in found)
    assert f"{MEMBERS * LINES + MEMBERS - 1 + pages(run)} deliveries" in waterfall(run).words
    assert "p50" in ecdf(run).words
    assert "browsers → consumers" in topology(run).words
    assert run.summary()["served"] >= LINES + 1


def test_what_was_recorded_cannot_be_run(run: Run) -> None:
    from chansim import ScenarioError, simulate

    with pytest.raises(ScenarioError, match="recorded from a project of Channels 4"):
        simulate(run.scenario, seconds=1.0)
