"""The SVG writer."""

from xml.etree import ElementTree

import pytest

from chansim.svg import Drawing, number, shortened, text_width

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (1.0, "1"), (1.25, "1.2"), (-0.01, "0"), (-1.55, "-1.6"), (1e-9, "0"), (740, "740")],
)
def test_numbers_have_one_decimal_at_most(value: float, text: str):
    assert number(value) == text


def test_text_is_escaped_everywhere():
    drawing = Drawing(100, 50)
    with drawing.group(data_name='<"&>', title="a < b"):
        drawing.write(1, 20, "x < y & z", title="q > r")
    svg = ElementTree.fromstring(drawing.text("1 < 2", 'say "no" & go'))
    assert svg.get("aria-label") == 'say "no" & go'
    assert [each.text for each in svg.iter(SVG + "title")] == ["1 < 2", "a < b", "q > r"]
    group = svg.find(SVG + "g")
    assert group is not None
    assert group.get("data-name") == '<"&>'
    text = next(svg.iter(SVG + "text"))
    assert "".join(text.itertext()).endswith("x < y & z")


def test_the_picture_has_a_role_a_size_and_white_paper():
    svg = ElementTree.fromstring(Drawing(100, 50.5).text("title", "words"))
    assert svg.get("role") == "img"
    assert (svg.get("width"), svg.get("height"), svg.get("viewBox")) == ("100", "50.5", "0 0 100 50.5")
    paper = svg.find(SVG + "rect")
    assert paper is not None
    assert paper.get("fill") == "#fff"


def test_attributes_take_underscores_and_drop_empty_texts():
    drawing = Drawing(10, 10)
    drawing.rect(1, 2, 3, 4, stroke_width=1.25, font_weight="")
    assert '<rect x="1" y="2" width="3" height="4" stroke-width="1.2"/>' in drawing.text("", "")


def test_an_arrow_ends_in_a_head_whose_tip_is_the_end():
    drawing = Drawing(100, 100)
    drawing.arrow([(0, 10), (50, 10)], head=10)
    paths = [each.get("d", "") for each in ElementTree.fromstring(drawing.text("", "")).iter(SVG + "path")]
    assert paths[0] == "M0 10L40 10"
    assert paths[1].startswith("M50 10L40")


def test_an_arrow_with_both_heads_has_two():
    drawing = Drawing(100, 100)
    drawing.arrow([(0, 10), (50, 10)], head=10, both=True)
    paths = [each.get("d", "") for each in ElementTree.fromstring(drawing.text("", "")).iter(SVG + "path")]
    assert paths[0] == "M10 10L40 10"
    assert len(paths) == 3


def test_the_same_calls_give_the_same_text_without_ids():
    def draw() -> str:
        drawing = Drawing(100, 100)
        drawing.circle(5, 5, 2)
        drawing.cross(9, 9, 3, stroke="#000")
        drawing.path("M0 0h5z", fill="#000")
        return drawing.text("t", "w")

    assert draw() == draw()
    assert " id=" not in draw()


def test_wider_text_measures_wider():
    assert text_width("") == 0
    assert text_width("iii") < text_width("mmm")
    assert text_width("Worker", bold=True) > text_width("Worker")
    assert text_width("Worker", 24) == pytest.approx(2 * text_width("Worker", 12))


def test_shortened_text_fits():
    assert shortened("Worker", 500) == "Worker"
    short = shortened("a very long name of a component", 80)
    assert short.endswith("…")
    assert text_width(short) <= 80
    assert shortened("wide", 1) == "…"


def test_a_hatch_is_one_path_that_stays_in_its_box():
    drawing = Drawing(200, 100)
    drawing.hatch(10, 20, 60, 15, 5, stroke="#1a1a1a")
    (path,) = ElementTree.fromstring(drawing.text("", "")).iter(SVG + "path")
    corners = [tuple(map(float, pair.split())) for pair in path.get("d", "").replace("M", "L").split("L")[1:]]
    assert len(corners) >= 2 * 60 / 5
    assert all(10 <= x <= 70 and 20 <= y <= 35 for x, y in corners)


def test_a_look_over_a_group_is_every_shapes_but_not_the_texts():
    drawing = Drawing(100, 100)
    with drawing.group({"stroke": "#c2006b", "stroke_width": 3}, data_request=7):
        drawing.rect(1, 1, 5, 5, fill="#fff", stroke="#000")
        with drawing.group(title="inside"):
            drawing.line([(0, 0), (5, 5)])
        drawing.write(5, 5, "words")
    drawing.rect(1, 1, 5, 5, stroke="#000")
    svg = ElementTree.fromstring(drawing.text("", ""))
    strokes = [each.get("stroke") for each in svg.iter() if each.tag in (SVG + "rect", SVG + "path")]
    assert strokes == [None, "#c2006b", "#c2006b", "#000"]
    assert next(svg.iter(SVG + "text")).get("stroke") is None


def test_a_texts_width_is_the_same_in_whatever_order_its_letters_are_added():
    """Python's own sum() rounds otherwise since 3.12, by a last digit, and a stored drawing would show it."""
    text = "websocket.receive and http.disconnect: 12 % of 4,096"
    assert text_width(text) == text_width(text[::-1]) == text_width("".join(sorted(text)))
