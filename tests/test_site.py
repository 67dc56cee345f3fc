"""The site: every link leads somewhere, every picture has words, nothing is asked of elsewhere."""

import runpy
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = runpy.run_path(str(ROOT / "tools" / "pages.py"))
INDEX = runpy.run_path(str(ROOT / "tools" / "index.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


class Reader(HTMLParser):
    """Gathers what a page links to, its pictures, and its anchors."""

    def __init__(self, text):
        super().__init__()
        self.links, self.pictures, self.anchors, self.loaded = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        about = dict(attributes)
        self.anchors |= {about["id"]} if about.get("id") else set()
        if tag == "a" and about.get("href"):
            self.links.append(about["href"])
        if tag == "img":
            self.pictures.append(about)
            self.loaded.append(about.get("src", ""))
        if tag in ("script", "iframe"):
            self.loaded.append(about.get("src", "a script"))
        if tag == "link":
            self.loaded.append(about["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Each page that was made, by its path, read."""
    place = tmp_path_factory.mktemp("made") / "site"
    PAGES["build"](place)
    return {path: Reader(path.read_text(encoding="utf-8")) for path in sorted(place.rglob("*.html"))}


def test_every_notebook_has_a_page_and_the_index_leads_to_each(site):
    (index,) = [path for path in site if path.name == "index.html" and (path.parent / "style.css").exists()]
    links = site[index].links
    for path in NOTEBOOKS:
        assert f"notebooks/{path.name}.html" in links
        assert (index.parent / "notebooks" / f"{path.name}.html") in site
        assert (index.parent / "notebooks" / path.name).read_bytes() == path.read_bytes()
    assert len(site[index].pictures) == len(NOTEBOOKS)


def test_every_link_within_leads_somewhere(site):
    lost = []
    for path, page in site.items():
        for link in page.links:
            target, _, anchor = unquote(link).partition("#")
            there = (path.parent / target).resolve() if target else path
            known = not anchor or there not in site or anchor in site[there].anchors
            if "://" not in link and not (there.exists() and known):
                lost.append(f"{path.name}: {link}")
    assert lost == []


def test_every_picture_is_there_and_has_words(site):
    for path, page in site.items():
        for picture in page.pictures:
            assert (path.parent / picture["src"]).is_file(), path.name
            assert len(picture.get("alt") or "") > 10, path.name


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(site):
    loaded = {each for page in site.values() for each in page.loaded}
    assert [each for each in loaded if "//" in each or each == "a script"] == []


def test_all_outputs_are_there(site):
    for path in NOTEBOOKS:
        (page,) = [each for each in site if each.name == f"{path.name}.html"]
        stored = INDEX["read"](path)
        drawn = [
            output
            for cell in stored.cells
            for output in cell.get("outputs", [])
            if "image/svg+xml" in output.get("data", {})
        ]
        assert len(site[page].pictures) == len(drawn)


def test_the_courses_index_is_of_today():
    """notebooks/README.md and its thumbnails: `python3 tools/dev.py rewrite` writes them."""
    course = INDEX["lessons"]()
    assert (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8") == INDEX["readme"](course)
    for each in course:
        thumbnail = ROOT / "notebooks" / "thumbnails" / f"{each.number}.svg"
        assert thumbnail.read_text(encoding="utf-8") == each.picture + "\n"
