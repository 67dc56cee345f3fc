"""What the README says is true: its Python runs, its commands exist, its picture is today's."""

import re
import runpy
from pathlib import Path

import pytest

from chansim.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_taste_runs_and_prints_two_latencies(capsys):
    (taste,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(taste.strip().splitlines()) == 5, "a five-line taste"
    exec(compile(taste, "README.md", "exec"), {})
    simulated, executed = map(float, capsys.readouterr().out.split())
    assert 0 < simulated < 2
    assert 0 < executed < 2


def test_the_comparison_of_a_log_runs(tmp_path, capsys, monkeypatch):
    (command,) = re.findall(r"^    python -m chansim (compare .*)$", README, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    line = '10.0.0.1 - - [17/May/2015:10:05:0{} +0000] "GET / HTTP/1.1" 200 203 "-" "-"\n'
    Path("access.log.gz").write_text("".join(map(line.format, range(10))))  # plain text is read all the same
    assert main(command.split()) == 0
    assert "requests" in capsys.readouterr().out


def test_every_command_of_it_is_one(capsys):
    for command in re.findall(r"^    python -m chansim (\w+)", README, re.MULTILINE):
        assert main([command, "--help"]) == 0
        assert f"chansim {command}" in capsys.readouterr().out


def test_the_picture_is_what_the_tool_draws():
    tool = runpy.run_path(str(ROOT / "tools" / "picture.py"))
    assert (ROOT / "docs" / "picture.svg").read_text(encoding="utf-8") == tool["picture"]()


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", README))
def test_each_link_leads_somewhere(target):
    assert (ROOT / target).exists()
