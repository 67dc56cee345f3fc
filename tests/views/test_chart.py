"""Where there is no matplotlib, a chart is said in words."""

import builtins
import sys
from xml.etree import ElementTree

import pytest

from chansim import deployments, simulate, views


@pytest.fixture
def nothing_to_draw_with(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] in ("matplotlib", "numpy"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *args, **kwargs)

    for name in [name for name in sys.modules if name.split(".")[0] in ("matplotlib", "numpy")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)


FEW = simulate(deployments.slide07(rate=10, service=0.05, workers=1), seconds=20)
MANY = simulate(deployments.slide07(rate=100, service=0.005, workers=1), seconds=60)  # drawn in another way


@pytest.mark.parametrize("run", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize("name", ["ecdf", "tail", "latency_over_time", "hockey_stick"])
def test_a_chart_that_cannot_be_drawn_is_the_same_in_words(name, run, nothing_to_draw_with, monkeypatch):
    figure = getattr(views, name)(run)
    drawn = "".join(ElementTree.fromstring(figure.svg).itertext())
    assert "needs matplotlib, which cannot be had here" in drawn
    assert " ".join(figure.words.split())[-60:].split()[-1] in drawn
    monkeypatch.undo()
    assert figure.words == getattr(views, name)(run).words
