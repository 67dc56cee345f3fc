"""``chansim serve`` with what it cannot use: a sentence says which option, and nobody waits for it."""

from pathlib import Path

import pytest

pytest.importorskip("redis", reason='the extra "redis" is not installed')

from chansim import cli
from chansim.live import inside

EXAMPLE = str(Path(__file__).resolve().parents[2] / "docs" / "scenario.toml")
NOBODY = "redis://127.0.0.1:1"


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What is said of a command line that ends with status 2."""
    assert cli.main(["serve", EXAMPLE, *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return str(err)


@pytest.mark.parametrize("address", ["", "999.1.1.1", "a..b"])
def test_an_address_that_is_none_of_this_computer(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"listen={address!r}: " in refused(capsys, "--layer", NOBODY, "--listen", address)


def test_a_machine_that_is_away_and_not_in_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--layer", NOBODY, "--away", "nobody")
    assert said.startswith("chansim serve: away=('nobody',): the machines that serve something are")


def test_a_machine_waits_for_redis_and_then_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside, "READY", 0.1)
    said = refused(capsys, "--layer", NOBODY, "--machine", "web")
    assert said.startswith(f"chansim serve: layer={NOBODY!r}: ")
    assert "127.0.0.1:1" in said.partition(": ")[2]


def test_a_layer_of_a_machine_that_is_no_redis_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert "names no Redis server" in refused(capsys, "--layer", "http://x", "--machine", "web")


@pytest.mark.parametrize("address", ["127.0.0.1", "a..b", "nowhere.invalid"])
def test_a_process_outside_that_is_not_there(
    address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside, "found", lambda hosts, prefix: {"host": "x", "port": 1, "secret": "s"})
    said = refused(capsys, "--layer", NOBODY, "--machine", "web", "--at", address)
    assert f"address={address!r}: the process outside is not reached there, on port 1: " in said
