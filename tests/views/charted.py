"""What the tests of the charts share: where matplotlib wrote the texts of a figure, read back from its SVG.

All is in pixels of a picture 740 pixels wide.
"""

import re
from xml.etree import ElementTree

from chansim.figure import Figure
from chansim.svg import text_width
from views.drawn import SVG, Text, meeting, root

WIDTH = 740.0


def _scale(figure: Figure) -> float:
    return WIDTH / float(root(figure).get("viewBox", "").split()[2])


def _size(text: ElementTree.Element) -> float:
    found = re.search(r"font(?:-size)?:[^;]*?([\d.]+)px", text.get("style", ""))
    assert found is not None
    return float(found[1])


def _place(text: ElementTree.Element) -> tuple[float, float]:
    """Where a text's baseline begins, or its middle or end is."""
    if text.get("x") is not None:
        return float(text.get("x", 0)), float(text.get("y", 0))
    found = re.search(r"translate\(([-\d.]+)[ ,]+([-\d.]+)\)", text.get("transform", ""))
    assert found is not None
    return float(found[1]), float(found[2])


def texts(figure: Figure) -> list[Text]:
    """Every line of text in a chart."""
    scale, found = _scale(figure), []
    for each in root(figure).iter(SVG + "text"):
        size, words = _size(each), "".join(each.itertext())
        width = text_width(words, size) * 0.97  # at most a little more than DejaVu Sans needs
        anchor = re.search(r"text-anchor: (\w+)", each.get("style", ""))
        back = {"middle": 0.5, "end": 1.0}.get(anchor[1] if anchor else "", 0.0) * width
        x, y = _place(each)
        box = (x - back, y - 0.75 * size, x - back + width, y + 0.2 * size)
        if "rotate(-90" in each.get("transform", ""):  # from bottom to top
            box = (x - 0.75 * size, y + back - width, x + 0.2 * size, y + back)
        found.append(Text(words, *(scale * edge for edge in box)))
    return found


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that stand on one another."""
    return meeting(texts(figure))


def outside(figure: Figure) -> list[str]:
    """Texts that are not wholly in the picture."""
    height = (
        WIDTH
        * float(root(figure).get("viewBox", "").split()[3])
        / float(root(figure).get("viewBox", "").split()[2])
    )
    return [
        each.words
        for each in texts(figure)
        if each.left < -1 or each.top < -1 or each.right > WIDTH + 1 or each.bottom > height + 1
    ]


def smallest_text(figure: Figure) -> float:
    """The size of the smallest text."""
    return min(_size(each) for each in root(figure).iter(SVG + "text")) * _scale(figure)
