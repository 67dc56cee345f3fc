"""The lecturer's page says what is so."""

from pathlib import Path

from chansim.course.misconceptions import MISCONCEPTIONS

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "teaching.md").read_text(encoding="utf-8")


def test_every_misconception_is_in_the_table_with_its_lesson():
    for each in MISCONCEPTIONS:
        assert f"| {each.belief} | {each.lesson} |" in PAGE


def test_every_lesson_has_its_line_and_its_hard_spot():
    for number in range(1, 13):
        assert f"\n| {number:02} | " in PAGE


def test_whose_rights_the_learners_code_has_is_said():
    assert "*with your rights*" in PAGE
    assert "What can still be forged" in PAGE
