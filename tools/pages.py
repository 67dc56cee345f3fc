"""Build the site: the course as web pages that need no server, no script and no network.

    python3 tools/dev.py site        writes build/site; open build/site/index.html

nbconvert's filters turn Markdown and Python into HTML; the pages around them are a few lines of their own, since
its templates ask a server elsewhere for their scripts. A notebook's pictures are files beside it, its solutions
are folded, and its links to the sources lead to pages of the sources.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from nbconvert.filters.markdown_mistune import markdown2html_mistune
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.index import NOTEBOOKS, ROOT, SVG, Lesson, lessons, read, short

SITE = ROOT / "build" / "site"
SOURCES = ("src/chansim/**/*.py", "tests/conformance.py", "benchmarks/**/*.py", "docs/**/*.md")
AS_THEY_ARE = ("LICENSE", "environment.yml", "docs/**/*.svg", "docs/*.toml")
PEN = HtmlFormatter(nowrap=False, cssclass="code")

STYLE = Path(__file__).resolve().with_suffix(".css")


def page(title: str, body: str, up: str) -> str:
    """A whole page; *up* is the way to the site's root."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{up}style.css"></head>\n<body>\n'
        f'<nav><a href="{up}index.html">The course</a></nav>\n<main>\n{body}\n</main>\n</body></html>\n'
    )


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def linked(text: str, where: Path) -> str:
    """HTML whose links from the file *where* to notebooks, sources and folders lead to their pages."""

    def to_page(found: re.Match[str]) -> str:
        target, _, anchor = found[1].partition("#")
        if "://" in target or not target:
            return found[0]
        there = (where.parent / target).resolve()
        if there in (NOTEBOOKS, NOTEBOOKS / "README.md"):
            return f'href="{os.path.relpath(ROOT / "index.html", where.parent)}"'
        if there.is_file() and there.suffix not in (".py", ".md", ".ipynb"):
            return found[0]
        name = f"{target.rstrip('/')}/index.html" if there.is_dir() else f"{target}.html"
        return f'href="{name}{"#" + anchor if anchor else ""}"'

    return re.sub(r'href="([^"]*)"', to_page, text)


def prose(text: str, where: Path) -> str:
    made = str(markdown2html_mistune(text))
    made = re.sub(r'<a class="anchor-link"[^>]*>.*?</a>', "", made)
    return linked(made, where)


def code(text: str) -> str:
    return str(highlight(text, PythonLexer(), PEN))


def shown(output: Any, name: str, place: Path) -> str:
    """An output: a picture, which is written to *place*, a table, or text."""
    if output.output_type == "stream":
        return f'<pre class="said">{html.escape(output.text)}</pre>'
    if output.output_type == "error":
        return f'<pre class="said">{html.escape(f"{output.ename}: {output.evalue}")}</pre>'
    words = output.data.get("text/plain", "")
    if SVG in output.data:
        write(place / f"{name}.svg", output.data[SVG])
        alt = html.escape(" ".join(words.split()))
        return f'<figure><img src="{place.name}/{name}.svg" alt="{alt}" loading="lazy"></figure>'
    if "text/html" in output.data:
        return f'<div class="out">{output.data["text/html"]}</div>'
    return f'<pre class="said">{html.escape(words)}</pre>'


def notebook(path: Path, site: Path) -> str:
    """The body of a notebook's page."""
    place, parts = site / "notebooks" / path.stem, []
    for number, cell in enumerate(read(path).cells):
        if cell.cell_type == "markdown":
            parts.append(prose(cell.source, path))
        elif cell.cell_type == "code":
            outputs = [shown(each, f"{number}-{nth}", place) for nth, each in enumerate(cell.outputs)]
            made = code(cell.source) + "\n".join(outputs)
            folded = "solution" in cell.metadata.get("tags", [])
            parts.append(f"<details><summary>A solution</summary>{made}</details>" if folded else made)
    file = f'<p><a href="{path.name}" download>This notebook</a>, to run it.</p>'
    return file + "\n".join(parts)


def sources(site: Path) -> None:
    """A page for every source file and every folder of them."""
    files = sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)})
    folders: dict[Path, list[Path]] = {}
    for path in files:
        folders.setdefault(path.parent, []).append(path)
        own = path.relative_to(ROOT)
        text = path.read_text(encoding="utf-8")
        body = f"<h1>{own.as_posix()}</h1>{code(text)}" if path.suffix == ".py" else prose(text, path)
        write(site / f"{own}.html", page(own.name, body, "../" * (len(own.parts) - 1)))
    for folder in sorted({parent for each in folders for parent in [each, *each.parents]}):
        if not folder.is_relative_to(ROOT) or folder == ROOT:
            continue
        own = folder.relative_to(ROOT)
        inner = [each.name for each in folders if each.parent == folder]
        links = [f'<li><a href="{name}/index.html">{name}/</a></li>' for name in sorted(inner)]
        links += [f'<li><a href="{each.name}.html">{each.name}</a></li>' for each in folders.get(folder, [])]
        body = f"<h1>{own.as_posix()}</h1><ul>{''.join(links)}</ul>"
        write(site / own / "index.html", page(own.name, body, "../" * len(own.parts)))


def index(course: list[Lesson], site: Path) -> str:
    """The body of the first page."""
    cards = []
    for each in course:
        write(site / "thumbnails" / f"{each.number}.svg", each.picture)
        image = f'<img src="thumbnails/{each.number}.svg" alt="{html.escape(short(each.words))}">'
        href = f"notebooks/{each.path.name}.html"
        goals = "".join(f"<li>{prose_inline(goal)}</li>" for goal in each.goals)
        cards.append(
            f'<li><a href="{href}">{image}<br><strong>{each.number} {html.escape(each.title)}</strong></a>'
            f"<br>{html.escape(each.when)}<ul>{goals}</ul></li>"
        )
    said = (
        "<h1>chansim: a course</h1><p>Django Channels and WSGI as they were in 2016, on a bench: twelve "
        "lessons, with all that they show. To run them, download one and see the "
        "<a href='README.md.html'>README</a>.</p>"
    )
    return f'{said}<ul class="course">{"".join(cards)}</ul>'


def prose_inline(text: str) -> str:
    return re.sub(r"^<p>|</p>\s*$", "", prose(text, NOTEBOOKS / "x")).strip()


def build(site: Path) -> None:
    """All of it, to the folder *site*, whose content is replaced."""
    shutil.rmtree(site, ignore_errors=True)
    course = lessons()
    write(site / "style.css", STYLE.read_text(encoding="utf-8") + PEN.get_style_defs())
    write(site / "index.html", page("chansim: a course", index(course, site), ""))
    for each in course:
        target = site / "notebooks" / each.path.name
        write(Path(f"{target}.html"), page(f"{each.number} {each.title}", notebook(each.path, site), "../"))
        shutil.copy(each.path, target)
    sources(site)
    for path in [path for pattern in AS_THEY_ARE for path in ROOT.glob(pattern)]:
        shutil.copy(path, site / path.relative_to(ROOT))
    for name in ("README", "CONTRIBUTING", "CHANGELOG"):
        body = prose((ROOT / f"{name}.md").read_text(encoding="utf-8"), ROOT / f"{name}.md")
        write(site / f"{name}.md.html", page(name, body, ""))


def main() -> int:
    """Build it where it belongs. Returns the exit status."""
    build(SITE)
    print(f"The site is in {SITE.relative_to(ROOT)}: {len(list(SITE.rglob('*.html')))} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
