"""A talk and its page: what is made, what is refused, and what may never get into the file."""

import json
import re

import pytest

from chansim.cli import main
from chansim.lecture import Knob, Talk, lecture
from chansim.lecture.page import as_function, document, page_of
from lecture.small import SMALL, step

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cfc000000301010018dd8db00000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def talk():
    return Talk(SMALL)


def test_a_scene_is_made_once(talk):
    assert talk.scene(0, (0, 0)) is talk.scene(0, [0, 0])
    assert talk.scene(0, (0, 0)).numbers != talk.scene(0, (2, 0)).numbers


def test_the_right_option_and_the_line_follow_from_the_scenes(talk):
    before, after = talk.ends(0)
    line = f"{before.numbers['requests']:.0f} → {after.numbers['requests']:.0f}"
    assert talk.reveal(0) == {"answer": 2, "line": line}


@pytest.mark.parametrize("positions", [(0,), (0, 0, 0), (3, 0), (-1, 0), (0.0, 0), ("0", 0)])
def test_positions_that_the_knobs_have_not_are_refused(talk, positions):
    with pytest.raises(ValueError, match="no such positions"):
        talk.scene(0, positions)


@pytest.mark.parametrize("number", [-1, 1, 3])
def test_a_step_without_a_question_has_no_scene(talk, number):
    with pytest.raises(ValueError, match="no question"):
        talk.scene(number, (0, 0))


def test_what_is_wrong_with_a_step_is_said_in_words():
    with pytest.raises(ValueError, match="3 options; there are to be 4"):
        step(options=("a", "b", "c"))
    with pytest.raises(ValueError, match=r"rate=11\.0: it must be one of 10\.0, 20\.0, 40\.0"):
        step(before={"rate": 11.0, "fault": "no fault"})
    with pytest.raises(ValueError, match="room for 3"):
        step(knobs=(Knob("rate", "Rate", (1.0,)),) * 4)
    with pytest.raises(ValueError, match="1 words for 2 positions"):
        Knob("rate", "Rate", (1.0, 2.0), ("one",))
    with pytest.raises(ValueError, match="no step"):
        Talk(())


def test_a_picture_of_ones_own_stands_in_the_page(tmp_path):
    file = tmp_path / "mine.png"
    file.write_bytes(PNG)
    assert Talk(SMALL, {9: file}).outline()["steps"][1]["picture"].startswith("data:image/png;base64,iVBOR")
    for pictures, why in (({10: file}, "takes no picture"), ({9: tmp_path / "no.png"}, "No such file"),
                          ({9: __file__}, "must end in")):  # fmt: skip
        with pytest.raises(ValueError, match=why):
            Talk(SMALL, pictures)


def test_the_file_names_nothing_outside_and_forbids_the_network(talk, tmp_path):
    page = page_of(talk, tmp_path / "talk.html").read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="(.*?)"', page)[1]
    assert policy.startswith("default-src &#x27;none&#x27;; script-src &#x27;sha256-")
    assert "unsafe-eval" not in policy
    assert "script-src &#x27;unsafe-inline" not in policy
    assert set(re.findall(r"https?://[\w./#-]+", page)) <= {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink",
    }  # fmt: skip
    assert not re.search(r"<(link|iframe|img|object|embed)\b|\bsrc=|@import|url\(\s*['\"]?(?!#)", page)
    state = json.loads(re.search(r'id="state">(.*?)</script>', page, re.DOTALL)[1])
    assert len(state["scenes"]) == 2 * 3 * 2


def test_words_that_look_like_html_stay_words():
    wicked = "</script><script>alert(1)</script><!--"
    page = document({"steps": [{"title": wicked, "slide": 9, "picture": ""}]}, {}, {}, wicked)
    assert "alert(1)</script>" not in page
    assert page.count("<script") == 2
    assert (
        json.loads(re.search(r'id="state">(.*?)</script>', page, re.DOTALL)[1])["talk"]["steps"][0]["title"]
        == wicked
    )


def test_a_module_becomes_a_function_with_names_of_its_own():
    text = "export function a() {}\nconst b = 1;\nexport const c = 2;\nexport default { render };"
    made = as_function(text, "thing")
    assert made.startswith(
        "const thing = (() => {\nfunction a() {}\nconst b = 1;\nconst c = 2;\nreturn { render };"
    )


def test_only_html_is_written(talk, tmp_path):
    with pytest.raises(ValueError, match=r"saved as \.html"):
        page_of(talk, tmp_path / "talk.pdf")


def test_the_widget_answers_what_the_browser_asks():
    widget = lecture(SMALL)
    widget._asked(widget, {"scene": [0, [1, 0]]}, [])
    assert widget.made["key"] == "0:1,0"
    assert widget.made["scene"]["player"]["window"]["own"] > 0
    widget._asked(widget, {"reveal": 0}, [])
    assert widget.made["reveal"]["answer"] == 2
    for nonsense in ({"scene": [1, [0]]}, {"scene": 7}, {"reveal": "x"}, {"scene": [0, [99, 99]]}):
        widget._asked(widget, nonsense, [])
        assert "problem" in widget.made
    assert "A second step" in repr(widget)


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    for arguments, why in (
        ([str(tmp_path / "talk.txt")], "does not end in .html"),
        ([str(tmp_path / "no" / "talk.html")], "cannot be written"),
        ([str(tmp_path / "talk.html"), "--picture", "9"], "is not SLIDE=FILE"),
        ([str(tmp_path / "talk.html"), "--picture", f"9={tmp_path / 'no.png'}"], "No such file"),
    ):
        assert main(["lecture", *arguments]) == 2
        assert why in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_the_file(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("chansim.lecture.SCRIPT", SMALL)
    assert main(["lecture", str(tmp_path / "talk.html"), "--no-progress"]) == 0
    assert "3 steps" in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir()] == ["talk.html"]
