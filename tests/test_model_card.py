"""What docs/model-card.md says is true. (That each law's row is today's, its own test says: tests/laws.)"""

import importlib
import pkgutil
import re
from dataclasses import fields
from pathlib import Path

import pytest

from chansim import model
from chansim.model.component import Component
from pages import DOCS

CARD = (DOCS / "model-card.md").read_text(encoding="utf-8")
LAWS = Path(__file__).with_name("laws")


def rows(name: str) -> list[list[str]]:
    (table,) = re.findall(rf"<!-- table: {name} -->\n.*?\n.*?\n(.*?)<!-- end -->", CARD, re.DOTALL)
    return [line.strip("| ").split(" | ") for line in table.splitlines()]


def components() -> dict[str, type[Component]]:
    for each in pkgutil.iter_modules(model.__path__):
        importlib.import_module(f"chansim.model.{each.name}")
    found = {}
    left = list(Component.__subclasses__())
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        if kind.__module__.startswith("chansim.model."):
            found[kind.__name__] = kind
    return found


DEFAULTS = {
    f"{name}.{field.name}": (field.default, field.metadata["unit"])
    for name, kind in components().items()
    for field in fields(kind)
    if isinstance(field.default, (int, float)) and field.default and field.metadata.get("unit")
}


@pytest.mark.parametrize("row", rows("defaults"), ids=lambda row: row[0])
def test_each_default_is_todays(row: list[str]) -> None:
    of, default, unit, source = row
    assert (float(default), unit) == DEFAULTS[of.strip("`")]
    assert source


def test_a_component_on_the_card_is_there_with_all_its_defaults() -> None:
    listed = {of.strip("`") for of, *_ in rows("defaults")}
    named = {each.partition(".")[0] for each in listed}
    assert {each for each in DEFAULTS if each.partition(".")[0] in named} == listed


def test_each_law_on_the_card_has_a_test_and_each_test_a_row() -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in LAWS.glob("test_*.py"))
    names = set(re.findall(r'\blaw\(\s*f?"([^"]+)"', told))
    patterns = [re.sub(r"\\\{.*?\\\}", r".+", re.escape(name)) for name in names]
    on_the_card = {name for name, *_ in rows("laws")}
    assert [name for name in on_the_card if not any(re.fullmatch(each, name) for each in patterns)] == []
    assert [each for each in patterns if not any(re.fullmatch(each, name) for name in on_the_card)] == []


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", CARD))
def test_each_link_leads_somewhere(target: str) -> None:
    assert (DOCS / target).exists()
