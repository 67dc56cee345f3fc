"""A scenario as a project for Channels 4: what is in it and what is not; and the project itself, run by Daphne."""

import ast
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from chansim import Scenario, cli
from chansim.applications import slack_chat
from chansim.deployments import slide06, slide16, slide24, slide27, slide29, slide30_sharded, slide31
from chansim.export.channels4 import project
from export.exported_site import PATIENCE, Site, clean, in_memory, written
from live.conftest import redis_server as redis_server
from live.redis_servers import RedisServer

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command line; gives its status, stdout and stderr."""

    def run(*argv: object) -> tuple[int, str, str]:
        status = cli.main([str(word) for word in argv])
        return status, *capsys.readouterr()

    return run


def default_layer(scenario: Scenario) -> dict[str, Any]:
    """What the project's CHANNEL_LAYERS says, without REDIS_URL."""
    text = project(scenario).files["chat/settings.py"]
    names: dict[str, Any] = {}
    exec(compile(text, "settings.py", "exec"), {"__file__": "chat/settings.py"}, names)
    found: dict[str, Any] = names["CHANNEL_LAYERS"]["default"]
    return found


# -- the settings


def test_memory_that_a_machine_shares_is_memory_where_one_server_uses_it() -> None:
    layer = default_layer(slide24().use_layer("memory"))
    assert layer["BACKEND"] == "channels.layers.InMemoryChannelLayer"


def test_the_layer_in_memory_keeps_its_numbers_and_needs_no_redis() -> None:
    scenario = in_memory(capacity=7, expiry=12.0, group_expiry=345.5)
    layer = default_layer(scenario)
    assert layer["BACKEND"] == "channels.layers.InMemoryChannelLayer"
    assert layer["CONFIG"] == {"capacity": 7, "expiry": 12, "group_expiry": 346}
    files = project(scenario).files
    assert (
        "redis" not in files["requirements.txt"] + files["chat/settings.py"].partition("CHANNEL_LAYERS = ")[2]
    )
    assert "whole seconds" in files["chat/settings.py"]
    assert "whole seconds" not in project(in_memory()).files["chat/settings.py"]


def test_a_layer_for_several_processes_is_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://one,redis://two")
    layer = default_layer(slide24(capacity=33))
    assert layer["BACKEND"] == "channels_redis.core.RedisChannelLayer"
    config = layer["CONFIG"]
    assert [host["address"] for host in config.pop("hosts")] == ["redis://one", "redis://two"]
    assert config == {"capacity": 33, "expiry": 60, "group_expiry": 86400}
    assert "channels-redis" in project(slide24()).files["requirements.txt"]


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (slide29(), "servers that hold its sockets"),
        (slide30_sharded(), "'shard"),
        (slide31(), "the local half of"),
        (slide24().change("layer", channel_capacity=(("websocket.send!*", 5),)), "'websocket.send!*'"),
        (in_memory().add_server("server"), "the layer in memory of Channels 4 is of one process"),
        (slide24().use_layer("memory").add_server("server"), "2 servers share"),
        (slide29().use_layer("isolated"), "so all its members meet in the room"),
    ],
    ids=lambda value: "" if isinstance(value, str) else value.title,
)
def test_the_settings_say_what_was_taken_and_what_could_not_be(scenario: Scenario, words: str) -> None:
    text = project(scenario).files["chat/settings.py"]
    above, _, _ = text.partition("CHANNEL_LAYERS = ")
    assert words in " ".join(above.replace("#  ", "").split())
    assert default_layer(scenario)["BACKEND"].startswith("channels_redis.")
    assert max(map(len, text.splitlines())) <= 120


def test_each_process_has_a_line_and_a_layer_in_memory_has_one_process() -> None:
    for scenario, ports in (
        (in_memory(), [8000]),
        (slide24(), [8000]),
        (slide29(machines=3), [8000, 8001, 8002]),
    ):
        lines = project(scenario).files["Procfile"].splitlines()
        command = "daphne -b 127.0.0.1 -p ${{PORT:-{}}} chat.asgi:application"
        assert [line.partition(": ")[2] for line in lines] == [command.format(port) for port in ports]


def test_nothing_is_lost_in_silence() -> None:
    left = project(slide27()).left_out
    for words in ("'worker-1'", "slack_chat.slack_message for 'slack.message'", "slack bot"):
        assert any(words in each for each in left), words
    assert not any("none of the talk's own consumers" in each for each in project(slide24()).left_out)
    assert not any("consumer chat." in each for each in project(slide24()).left_out)
    files = project(slide27()).files
    assert all(each in files["README.md"] for each in left)
    assert slack_chat.slack_message.__name__ in files["README.md"]
    assert any("none of the talk's own consumers" in each for each in project(slide16()).left_out)


@pytest.mark.parametrize("title", ['"""\nimport os', "\\", "${layer} $", "a 'b' \"c\""])
def test_a_title_is_no_code(title: str) -> None:
    plain = ast.dump(ast.parse(project(slide24().with_(title="x")).files["chat/settings.py"]))
    assert ast.dump(ast.parse(project(slide24().with_(title=title)).files["chat/settings.py"])) == plain


def test_no_secret_is_written() -> None:
    files = project(slide24()).files
    assert files == project(slide24()).files
    keys = [line for text in files.values() for line in text.splitlines() if line.startswith("SECRET_KEY")]
    assert keys == ['SECRET_KEY = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(50)']


# -- the command


def test_the_command_writes_a_project_and_says_what_is_not_in_it(tmp_path: Path, said: Said) -> None:
    slide24().save(tmp_path / "chat.toml")
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "new" / "er", tmp_path / "empty"):
        status, out, err = said("export", "channels4", tmp_path / "chat.toml", folder)
        assert (status, out.count("\n")) == (0, 1)
        assert "left out: worker 'worker-1', 'worker-2', 'worker-3': " in err
        written = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        assert written == set(project(slide24()).files)
        assert {"manage.py", "requirements.txt", "chat/consumers.py", "chat/asgi.py", "README.md"} <= written


def test_a_wrong_file_or_folder_is_told_in_words_and_nothing_is_written(tmp_path: Path, said: Said) -> None:
    slide24().save(tmp_path / "chat.toml")
    slide06().save(tmp_path / "wsgi.toml")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    for file, folder, words in (
        ("chat.toml", "full", "is not empty"),
        ("chat.toml", "full/mine.txt", "is no folder"),
        ("chat.toml", "full/mine.txt/below", "cannot be written"),
        ("none.toml", "new", "there is no such file"),
        ("full/mine.txt", "new", "mine.txt"),
        ("wsgi.toml", "new", "no server that holds WebSockets has a channel layer"),
    ):
        status, out, err = said("export", "channels4", tmp_path / file, tmp_path / folder)
        assert (status, out) == (2, "")
        assert words in err
        assert "Traceback" not in err
    assert sorted(tmp_path.rglob("*")) == before
    assert said("export")[0] == 2
    assert said("export", "channels3", "a", "b")[0] == 2


# -- the project, run


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With the layer in memory."""
    running = Site(written(in_memory(), tmp_path_factory.mktemp("memory")))
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture
def two_sites(tmp_path: Path, redis_server: RedisServer) -> Iterator[tuple[Site, Site]]:
    """The server processes of one site, as its Procfile has them, which share a Redis server."""
    folder = written(slide24().add_server("server"), tmp_path)
    lines = [line.split(": ", 1) for line in (folder / "Procfile").read_text().splitlines()]
    assert [name for name, _ in lines] == ["server1", "server2"]
    shared = {"REDIS_URL": redis_server.url, "SECRET_KEY": "the same for both"}
    both = tuple(Site(folder, line=line, **shared) for _, line in lines)
    try:
        for each in both:
            each.wait()
        yield both  # type: ignore[misc]
    finally:
        for each in both:
            each.stop()


def say(member: ClientConnection, text: str) -> None:
    member.send(json.dumps({"text": text}))


def hears(member: ClientConnection) -> str:
    heard = json.loads(member.recv(timeout=PATIENCE))
    assert list(heard) == ["text"]
    return str(heard["text"])


def nothing_more(*members: ClientConnection) -> None:
    for member in members:
        with pytest.raises(TimeoutError):
            member.recv(timeout=0.3)


def chat_at(here: Site, there: Site) -> None:
    """Three in the room; one leaves."""
    with here.join() as ada, there.join() as ben:
        with there.join() as leaver:
            say(ada, "hello")
            assert [hears(each) for each in (ada, ben, leaver)] == ["[user] hello"] * 3
        for number in range(20):
            say(ben, f"<b>{number}</b>")
        for member in (ada, ben):
            assert [hears(member) for _ in range(20)] == [f"[user] <b>{number}</b>" for number in range(20)]
        assert list(leaver) == []
        nothing_more(ada, ben)


def test_members_hear_each_line_once_and_in_order_with_the_layer_in_memory(site: Site) -> None:
    chat_at(site, site)


def test_members_of_two_processes_hear_each_line_once_over_redis(
    two_sites: tuple[Site, Site], redis_server: RedisServer
) -> None:
    here, there = two_sites
    chat_at(here, there)
    with redis.Redis.from_url(redis_server.url) as client:

        def in_the_room(number: int) -> None:
            deadline = time.monotonic() + PATIENCE
            while client.zcard("asgi:group:chat") != number:
                assert time.monotonic() < deadline, client.keys()
                time.sleep(0.02)

        in_the_room(0)
        with here.join():
            in_the_room(1)
            with there.join():
                in_the_room(2)
            in_the_room(1)
        in_the_room(0)


def test_a_quiet_room_is_still_there_after_what_channels_redis_waits(two_sites: tuple[Site, Site]) -> None:
    here, there = two_sites
    with here.join() as ada, there.join() as ben:
        time.sleep(6.0)  # its receive comes back after 5
        say(ada, "still there?")
        assert [hears(each) for each in (ada, ben)] == ["[user] still there?"] * 2


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1.evil.example", "null", None])
def test_a_page_from_elsewhere_opens_no_socket(site: Site, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        site.join(origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no JSON", 4007),
        ("[" * 8000, 4007),
        (b"bytes", 4007),
        ("[]", 4008),
        ('{"text": 1}', 4008),
        ('{"text": ""}', 4008),
        (json.dumps({"text": "x" * 4001}), 4008),
        (json.dumps({"text": "x" * 100_000}), 4009),
    ],
)
def test_who_sends_something_else_is_let_go_and_the_room_stays(
    site: Site, frame: str | bytes, code: int
) -> None:
    with site.join() as ada, site.join() as other:
        other.send(frame)
        with pytest.raises(ConnectionClosed):
            other.recv(timeout=PATIENCE)
        assert other.close_code == code
        say(ada, "x" * 4000)
        assert hears(ada) == "[user] " + "x" * 4000


def test_the_page_and_its_assets_are_served_with_no_script_but_their_own(site: Site) -> None:
    for path, kind in (("/", "text/html"), ("/chat.js", "text/javascript"), ("/chat.css", "text/css")):
        got = site.get(path)
        assert got.status_code == 200
        assert got.headers["content-type"].startswith(kind)
        assert "script-src 'self'" in got.headers["content-security-policy"]
    assert '<label for="text">' in site.get("/").text
    assert "textContent" in site.get("/chat.js").text
    assert "innerHTML" not in site.get("/chat.js").text
    assert site.get("/settings.py").status_code == 404
    assert site.get("/", host="evil.example").status_code == 400


def test_manage_py_finds_nothing_to_complain_about(site: Site) -> None:
    found = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "check"],
        cwd=site.log.parent,
        env=clean(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert "no issues" in found.stdout
