"""What the tests of the drawings share: reading a picture back from its SVG, and deployments to draw.

No shape of a drawing is transformed, so where a text stands can be read from its attributes alone.
"""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple
from xml.etree import ElementTree

from chansim import Scenario
from chansim.figure import Figure
from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.interface_server import InterfaceServer
from chansim.model.machine import Machine
from chansim.model.worker import Worker
from chansim.svg import SIZE, text_width

HEAVY = {"numpy", "matplotlib", "networkx", "pandas", "ipywidgets"}
SVG = "{http://www.w3.org/2000/svg}"


class Text(NamedTuple):
    """A line of text and the rectangle that it takes."""

    words: str
    left: float
    top: float
    right: float
    bottom: float


def root(figure: Figure) -> ElementTree.Element:
    return ElementTree.fromstring(figure.svg)


def texts(figure: Figure) -> list[Text]:
    """Every line of text in a drawing."""
    found = []
    for each in root(figure).iter(SVG + "text"):
        words, size = each.text or "", float(each.get("font-size", SIZE))
        width = text_width(words, size, each.get("font-weight") == "bold")
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[each.get("text-anchor", "start")]
        left, y = float(each.get("x", 0)) - share * width, float(each.get("y", 0))
        found.append(Text(words, left, y - 0.75 * size, left + width, y + 0.2 * size))
    return found


def meeting(found: list[Text]) -> list[tuple[str, str]]:
    """Pairs of texts that stand on one another."""
    return [
        (one.words, other.words)
        for i, one in enumerate(found)
        for other in found[:i]
        if one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    ]


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that stand on one another."""
    return meeting(texts(figure))


def outside(figure: Figure) -> list[str]:
    """Texts that are not wholly in the picture."""
    width, height = float(root(figure).get("width", 0)), float(root(figure).get("height", 0))
    return [
        text.words
        for text in texts(figure)
        if text.left < 0 or text.top < 0 or text.right > width or text.bottom > height
    ]


def groups(figure: Figure, name: str) -> list[ElementTree.Element]:
    """The groups marked ``data-name``."""
    return [each for each in root(figure).iter(SVG + "g") if each.get(f"data-{name}") is not None]


def marked(figure: Figure, name: str) -> list[str]:
    """The values of ``data-name``, in the order drawn."""
    return [each.get(f"data-{name}", "") for each in groups(figure, name)]


def smallest_text(figure: Figure) -> float:
    """The size of the smallest text, in pixels."""
    return min(float(each.get("font-size", SIZE)) for each in root(figure).iter(SVG + "text"))


def machines(number: int, workers: int, *, layer_machine: str = "", local: bool = False) -> Scenario:
    """Clients, an interface server and *workers* on each machine, with one layer, or one on each."""
    parts = [Application(name="site", io=0.05)]
    if layer_machine:
        parts.append(Machine(name=layer_machine))
    if not local:
        parts.append(ChannelLayer(name="layer", machine=layer_machine))
    for i in range(1, number + 1):
        machine, layer = f"Machine {i}", f"layer-{i}" if local else "layer"
        parts.append(Machine(name=machine))
        if local:
            parts.append(ChannelLayer(name=layer, machine=machine))
        parts.append(InterfaceServer(name=f"daphne-{i}", machine=machine, layer=layer))
        parts += [
            Worker(name=f"worker-{i}-{n}", machine=machine, layer=layer, application="site")
            for n in range(1, workers + 1)
        ]
        parts.append(Clients(name=f"clients-{i}", server=f"daphne-{i}"))
    return Scenario(f"{number} machines", tuple(parts))


def modules_after(code: str) -> set[str]:
    """The top-level modules that a new interpreter has loaded after *code*."""
    printing = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{printing}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())
