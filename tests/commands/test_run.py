"""The command run: the scenario of a file, simulated; what is wrong is said in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chansim import cli, simulate
from chansim.deployments import slide07
from model.tiny import wsgi_world

EXAMPLE = Path(__file__).parents[2] / "docs" / "scenario.toml"

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command line; gives its status, stdout and stderr."""

    def run(*argv: object) -> tuple[int, str, str]:
        status = cli.main(["run", *map(str, argv)])
        return status, *capsys.readouterr()

    return run


def test_it_prints_what_the_simulation_gives(said: Said, tmp_path: Path) -> None:
    scenario = slide07(seconds=3.0)
    scenario.save(tmp_path / "it.toml")
    assert said(tmp_path / "it.toml") == (0, f"{simulate(scenario)}\n", "")
    told = said(tmp_path / "it.toml", "--seed", 5, "--seconds", 1.5)
    assert told == (0, f"{simulate(scenario, seed=5, seconds=1.5)}\n", "")


def test_the_example_runs(said: Said) -> None:
    status, out, err = said(EXAMPLE, "--seconds", 5)
    assert (status, err) == (0, "")
    assert out.startswith("A small site with a chat, and phones on a bad network, simulated, 5 s\nrequests")


def test_json_holds_the_summary_and_nothing_that_json_has_not(said: Said, tmp_path: Path) -> None:
    scenario = slide07(rate=0.001)
    scenario.save(tmp_path / "it.toml")
    status, out, err = said(tmp_path / "it.toml", "--seconds", 1, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out, parse_constant=pytest.fail)
    assert (found["title"], found["seed"], found["requests"], found["mean"]) == (scenario.title, 1, 0, None)
    assert (found["seconds"], found["problems"]) == (1.0, {})
    assert set(simulate(scenario, seconds=1.0).summary()) < set(found)


def view(environ: object, start_response: object) -> list[bytes]:
    """A view that only whoever wrote it knows."""
    return []


def test_what_is_wrong_is_said_in_one_line_with_the_place(said: Said, tmp_path: Path) -> None:
    path = tmp_path / "it.toml"
    text = slide07().to_text()
    mine = slide07(wsgi=view).to_text(applications={"mine": view})
    for wrong, words in (
        (text.replace("cores = 4", "coers = 4"), "components.server.coers: there is no such key; "),
        (text.replace("version = 1", "version = 7"), "line 1, version: version 7 is newer than this chansim"),
        (mine, "components.site.wsgi: there is no application 'mine'; "),
        (wsgi_world(1.0).to_text().replace("loss = 0.0", "loss = 1.0"), "the network drops messages"),
    ):
        path.write_text(wrong, encoding="utf-8")
        status, out, err = said(path)
        assert (status, out) == (2, "")
        assert words in err
        assert err.startswith("chansim run: ")
        assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("nothing.toml",), "chansim run: nothing.toml: there is no such file"),
        ((), "the following arguments are required: FILE"),
        ((EXAMPLE, "--seconds", "0"), "'0' is no number of seconds above 0, up to 1e+09"),
        ((EXAMPLE, "--seconds", "nan"), "'nan' is no number of seconds"),
        ((EXAMPLE, "--seconds", "long"), "'long' is no number of seconds"),
        ((EXAMPLE, "--seed", "1.5"), "'1.5' is no whole number"),
        ((EXAMPLE, "--sed", "1"), "argument '--sed' is not known"),
    ],
)
def test_wrong_options_end_with_status_2(said: Said, argv: tuple[object, ...], words: str) -> None:
    status, out, err = said(*argv)
    assert (status, out) == (2, "")
    assert words in err
