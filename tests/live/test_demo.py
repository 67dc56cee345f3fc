"""The demo: its page and assets, its trace, the Slack beside it and the bot, and what none of them lets in."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect as aconnect
from websockets.sync.client import connect

from chansim import Run, ScenarioError, simulate
from chansim.cli import main
from chansim.live.demo import Demo, start
from chansim.live.demo.page import ASSETS
from chansim.live.demo.scenario import chat_with_people
from chansim.live.demo.slack import GENERAL, StandInSlack
from chansim.live.hosting import Hosted
from chansim.model.slack_bot import GREETING
from model.tiny import books

PATIENCE = 60.0


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    running = start(workers=2)
    yield running
    running.stop()


def until(true: Callable[[], Any]) -> Any:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError("it never was so")


def get(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, timeout=PATIENCE, trust_env=False, **options)


def history(demo: Demo) -> list[dict[str, str]]:
    return get(demo.slack_url + "history.json").json()


def test_one_view_serves_the_page_and_its_assets(demo: Demo) -> None:
    for path, (_, kind) in ASSETS.items():
        got = get(demo.url + path[1:])
        assert got.status_code == 200
        assert got.headers["content-type"] == kind
        assert "script-src 'self'" in got.headers["content-security-policy"]
        assert "unsafe" not in got.headers["content-security-policy"]
    page = get(demo.url).text
    assert page.count("<script") == page.count("<script src=")  # none stands in the page itself
    assert get(demo.url + "nothing").status_code == 404
    # over the layer, like every request
    assert any(row.channel == "http.request" for row in demo.trace.rows(event="sent", component="daphne"))


def test_what_is_said_in_the_browser_is_said_in_slack_and_the_other_way(demo: Demo) -> None:
    until(lambda: any(line["text"] == GREETING for line in history(demo)))
    netloc = demo.url.removeprefix("http://").strip("/")
    with connect(f"ws://{netloc}/chat/", proxy=None) as browser:
        until(lambda: any(row.event == "joined" for row in demo.trace.rows()))
        browser.send("hello, Slack")
        assert browser.recv(timeout=PATIENCE) == "hello, Slack"
        until(lambda: any(line["text"] == "[user] hello, Slack" for line in history(demo)))
        origin = {"origin": demo.slack_url.strip("/")}
        said = httpx.post(
            demo.slack_url + "say",
            data={"user": "U0GRACE", "text": "hello, you"},
            headers=origin,
            trust_env=False,
        )
        assert said.json() == {"ok": True}
        event = json.loads(browser.recv(timeout=PATIENCE))
        assert (event["user"], event["channel"], event["text"]) == ("grace", "general", "hello, you")
        assert event["client"] == "slack"


def test_the_trace_is_told_as_json_and_looking_leaves_no_row(demo: Demo) -> None:
    get(demo.url)
    until(lambda: list(demo.trace.rows(event="received", component="browsers")))
    first = get(demo.url + "watch.json").json()
    assert first["rows"]
    assert first["slack"] == demo.slack_url.strip("/")
    again = get(demo.url + f"watch.json?since={first['next']}").json()
    assert again["rows"] == [row for row in again["rows"] if row[0] > first["rows"][-1][0]]
    assert not [row for row in again["rows"] if "watch" in json.dumps(row)]
    for wrong in ("-1", "x", "9" * 30):
        assert get(demo.url + f"watch.json?since={wrong}").status_code == 200
    assert get(demo.url + f"watch.json?since={10**15 - 1}").json()["rows"] == []


@pytest.mark.parametrize("path", ["", "watch.json"])
def test_a_foreign_name_is_told_nothing(demo: Demo, path: str) -> None:
    assert get(demo.url + path, headers={"host": "evil.example"}).status_code == 400


def test_one_client_that_wants_a_tunnel_does_not_end_the_chat_for_all(demo: Demo) -> None:
    assert httpx.request("CONNECT", demo.url, timeout=PATIENCE, trust_env=False).status_code == 405
    assert get(demo.url).status_code == 200


def test_a_foreign_page_writes_nothing_in_slack(demo: Demo) -> None:
    for headers in ({"origin": "http://evil.example"}, {}):
        said = httpx.post(demo.slack_url + "say", data={"text": "spam"}, headers=headers, trust_env=False)
        assert said.status_code == 403
    assert httpx.get(demo.slack_url, headers={"host": "evil.example"}, trust_env=False).status_code == 400
    assert not [line for line in history(demo) if line["text"] == "spam"]


def test_it_is_a_run_that_grows_and_ends_like_any_other() -> None:
    running = start(workers=1)
    try:
        assert running.running
        assert f'href="{running.url}"' in running._repr_html_()
        get(running.url)
    finally:
        running.stop()
    run = running.run(PATIENCE)
    assert isinstance(run, Run)
    kept = books(run.trace)
    assert kept.sent == kept.received + kept.waiting + sum(kept.lost.values())
    with pytest.raises(httpx.ConnectError):
        get(running.url)


def test_nobody_simulates_people() -> None:
    with pytest.raises(ScenarioError, match="it is there over sockets only"):
        simulate(chat_with_people(), seconds=1.0)


def test_the_command_starts_it_and_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--port", "0", "--seconds", "0.5"]) == 0
    told = capsys.readouterr().out
    assert "The chat: http://127.0.0.1:" in told


def test_a_port_that_is_taken_is_told_in_a_sentence(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    port = demo.url.rpartition(":")[2].strip("/")
    assert main(["demo", "--port", port, "--seconds", "0.1"]) == 2
    told = capsys.readouterr().err
    assert "nothing can listen" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("address", ["", "a..b", "999.1.1.1"])
def test_an_address_that_is_none_is_told_in_a_sentence(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--port", "0", "--seconds", "0.1", "--address", address]) == 2
    assert "nothing can listen at" in capsys.readouterr().err


def test_it_may_be_called_by_any_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--port", "0", "--seconds", "0.1", "--host", "*"]) == 0
    assert "The chat: http://127.0.0.1:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["", "http://chat.example", "chat.example:80", "a b", "Chat.Example", "::1]"]
)
def test_a_name_that_no_request_would_have_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--port", "0", "--seconds", "0.1", "--host", name]) == 2
    assert f"{name!r} is no name of a computer" in capsys.readouterr().err


def test_what_make_and_the_tool_start_is_this_command() -> None:
    root = Path(__file__).parent.parent.parent
    assert "demo" in (root / "Makefile").read_text()
    assert '"chansim", "demo"' in (root / "tools" / "dev.py").read_text()


# -- the stand-in, as a bot sees it


def test_a_bot_has_to_show_its_token() -> None:
    with Hosted(StandInSlack("secret")) as slack:
        for token, ok in (("secret", True), ("guess", False), ("", False)):
            told = httpx.post(slack.url + "/api/rtm.connect", data={"token": token}, trust_env=False).json()
            assert told["ok"] is ok
        by_header = httpx.post(
            slack.url + "/api/users.list", headers={"authorization": "Bearer secret"}, trust_env=False
        ).json()
        assert {"id": "U0ADA", "name": "ada"} in by_header["members"]
        unknown = httpx.post(
            slack.url + "/api/admin.delete", data={"token": "secret"}, trust_env=False
        ).json()
        assert unknown == {"ok": False, "error": "unknown_method"}
        too_long = httpx.post(slack.url + "/api/chat.postMessage", content=b"x" * 100_000, trust_env=False)
        assert too_long.status_code == 413


def test_real_time_messaging_greets_acknowledges_and_does_not_echo() -> None:
    async def talk(url: str) -> None:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as web:

            async def bot() -> Any:
                told = (await web.post("/api/rtm.connect", data={"token": "secret"})).json()
                return aconnect(told["url"], proxy=None)

            async with await bot() as one, await bot() as other:
                assert json.loads(await one.recv()) == {"type": "hello"}
                assert json.loads(await other.recv()) == {"type": "hello"}
                said = {"id": 7, "type": "message", "channel": GENERAL, "text": "hi"}
                await one.send(json.dumps(said))
                acknowledged = json.loads(await one.recv())
                assert (acknowledged["ok"], acknowledged["reply_to"], acknowledged["text"]) == (True, 7, "hi")
                heard = json.loads(await other.recv())
                assert (heard["type"], heard["text"]) == ("message", "hi")
                await one.send(json.dumps({"id": 8, "type": "ping"}))
                assert json.loads(await one.recv()) == {"type": "pong", "reply_to": 8}
                for wrong in ("no json", "[]", json.dumps({"type": "message", "channel": "C9", "text": ""})):
                    await one.send(wrong)
                    assert json.loads(await one.recv())["ok"] is False
        with pytest.raises(Exception, match="403"):
            async with aconnect(url.replace("http", "ws") + "/rtm/guessed", proxy=None):
                pass

    with Hosted(StandInSlack("secret")) as slack:
        asyncio.run(talk(slack.url))
