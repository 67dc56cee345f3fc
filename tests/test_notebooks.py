"""What a stored notebook must look like.

Strict nbval compares outputs, and passes a notebook whose outputs were stripped, whose cells were run out
of order or whose picture is a changed PNG. These rules close that, and hold what a reader needs: short
cells, words for every picture, nothing of the author's machine. A rule takes a notebook and yields its
complaints. The lower half of the file spoils a good notebook, fault by fault, and checks that each is caught.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = {"tags", "jupyter"}
LONGEST_CELL = 10
MOST_WORDS = 72
"""Of prose in one cell. About sixty is what one reads before one runs. Lists, tables, code and quotations are not
counted."""

MOST_CELLS = 60

TWINS = {"lab": "lab_picture", "player": "moment", "stepper": "layer_after", "race": "residuals"}
"""What shows the same without a widget, for print, for scripts, and for nbval."""

NOT_RUN = {"nbval-skip", "skip-execution"}
CAPTURING = {"interact", "interactive", "interactive_output", "interact_manual", "Output"}
SVG = "image/svg+xml"
MACHINE = re.compile(
    r"/home/\w|/root/|/Users/|/tmp/|/var/folders/|:\\+Users|\.venv\b|site-packages|ipykernel_\d|object at 0x"
)


# -- reading a notebook --------------------------------------------------------------------------------


def code_cells(notebook):
    """The cells that a run executes, with a name to complain under."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and cell.source.strip() and not NOT_RUN & set(tags(cell)):
            yield f"cell {number}", cell


def tags(cell):
    return cell.metadata.get("tags", [])


def data(cell):
    """Each output of a cell as {MIME type: text}; what is printed counts as text/plain."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield {"text/plain": output.text}
        elif output.output_type == "error":
            yield {"text/plain": f"{output.ename}: {output.evalue}"}
        else:
            yield output.data


def tree(cell):
    """A cell's statements; IPython's own notation (%time, !ls) first turned into the Python behind it."""
    return ast.parse(TransformerManager().transform_cell(cell.source))


# -- the rules -----------------------------------------------------------------------------------------


def is_well_formed(notebook) -> Iterator[str]:
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"is no valid notebook: {error.message}"


def was_run_once_from_top_to_bottom(notebook) -> Iterator[str]:
    for expected, (place, cell) in enumerate(code_cells(notebook), start=1):
        if cell.execution_count != expected:
            yield f"{place} was run as number {cell.execution_count}, should be {expected}"


def shows_no_error(notebook) -> Iterator[str]:
    """JupyterLite ends Run All at an error, also in a cell that is tagged raises-exception."""
    for place, cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"{place} shows {output.ename}: catch it, and print it"
        if "raises-exception" in tags(cell):
            yield f"{place} is tagged raises-exception"


def shows_what_it_ends_in(notebook) -> Iterator[str]:
    for place, cell in code_cells(notebook):
        statements = tree(cell).body
        shown = any(str(text).strip() for output in data(cell) for text in output.values())
        if statements and isinstance(statements[-1], ast.Expr) and not shown:
            yield f"{place} ends in an expression and shows nothing"


def has_short_cells(notebook) -> Iterator[str]:
    for place, cell in code_cells(notebook):
        lines = len(cell.source.splitlines())
        if lines > LONGEST_CELL:
            yield f"{place} has {lines} lines, more than {LONGEST_CELL}: move code into the package"


def has_no_trailing_semicolon(notebook) -> Iterator[str]:
    for place, cell in code_cells(notebook):
        if cell.source.rstrip().endswith(";"):
            yield f"{place} ends in ';', which hides an output from readers and not from nbval"


def lets_no_widget_swallow_output(notebook) -> Iterator[str]:
    for place, cell in code_cells(notebook):
        names = {node.id for node in ast.walk(tree(cell)) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree(cell)) if isinstance(node, ast.Attribute)}
        for name in sorted(CAPTURING & names):
            yield f"{place} uses {name}: what it captures is stored by Jupyter and not seen by nbval"


def stores_no_raster_image(notebook) -> Iterator[str]:
    for place, cell in code_cells(notebook):
        for mime in sorted({mime for output in data(cell) for mime in output}):
            if mime.startswith("image/") and mime != SVG:
                yield f"{place} stores {mime}, which nbval never compares: use SVG"
    if "data:image/" in nbformat.writes(notebook) or any(cell.get("attachments") for cell in notebook.cells):
        yield "embeds an image in text: draw it, so that it can be read and compared"


def has_a_twin_for_every_widget(notebook) -> Iterator[str]:
    called = [set(re.findall(r"\b([a-z_]+)\(", cell.source)) for _, cell in code_cells(notebook)]
    for place, names in enumerate(called):
        for widget, twin in TWINS.items():
            if widget in names and not any(twin in each for each in called[place : place + 3]):
                yield f"shows {widget}(...), and not its function twin {twin}(...) beside it"


def says_every_picture_in_words(notebook) -> Iterator[str]:
    for place, cell in code_cells(notebook):
        for output in data(cell):
            drawn = str(output.get(SVG, "")) + str(output.get("text/html", ""))
            if "<svg" in drawn and not re.search(r"<title[^>]*>\s*[^<\s]", drawn):
                yield f"{place} draws a picture without a <title>"
            if SVG in output and not re.match(r"\s*[^<\s]", output.get("text/plain", "")):
                yield f"{place} draws a picture whose text/plain is not words"
    for cell in notebook.cells:
        images = re.findall(r"!\[\s*\]\([^)]*\)|<img(?![^>]*\balt=\"[^\"])[^>]*>", cell.source)
        if cell.cell_type == "markdown" and images:
            yield f"has an image without alt text: {images[0]}"


def keeps_the_authors_machine_out(notebook) -> Iterator[str]:
    for text in re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps(notebook)):
        if MACHINE.search(text) or str(ROOT) in text:
            yield f"tells of the machine it was made on: {text[:80]}"


def has_plain_metadata(notebook) -> Iterator[str]:
    if notebook.metadata != METADATA:
        yield f"has metadata of its own: {dict(notebook.metadata)}"
    for number, cell in enumerate(notebook.cells, start=1):
        for key in sorted(set(cell.metadata) - CELL_METADATA):
            yield f"cell {number} has metadata {key!r}"


def is_no_longer_than_an_hour(notebook) -> Iterator[str]:
    if len(notebook.cells) > MOST_CELLS:
        yield f"has {len(notebook.cells)} cells, more than {MOST_CELLS}"


# Of lessons only: how one begins, teaches and ends.


def is_lesson(notebook):
    """A lesson begins with its number; start here and the index do not."""
    return bool(notebook.cells) and re.match(r"# \d\d · ", notebook.cells[0].source)


def words_of(source):
    """How many words of prose there are in a cell of Markdown."""
    source = re.sub(
        r"```.*?```|<details>|</details>|<summary>.*?</summary>|\$\$.*?\$\$", " ", source, flags=re.S
    )
    lines, in_list = [], False
    for line in source.splitlines():
        in_list = bool(re.match(r"\s*([-*+]|\d+\.)\s", line)) or (in_list and line.startswith(" "))
        if not in_list and not re.match(r"\s*(#|\||>|\*What this lesson runs on|\[.*\]\(\.\./)", line):
            lines.append(re.sub(r"\]\([^)]*\)", "]", line))
    return len(re.findall(r"\w[\w’'.,/-]*", " ".join(lines)))


def says_little_at_a_time(notebook) -> Iterator[str]:
    for number, cell in enumerate(notebook.cells, start=1):
        words = words_of(cell.source) if cell.cell_type == "markdown" else 0
        if words > MOST_WORDS:
            yield (
                f"cell {number} has {words} words of prose, more than {MOST_WORDS}: "
                "say less, or run something first"
            )


def says_what_for_and_how_long(notebook) -> Iterator[str]:
    opening = "\n".join(cell.source for cell in notebook.cells[:2] if cell.cell_type == "markdown")
    if is_lesson(notebook) and not re.search(r"Afterwards you can\n\n- \w", opening):
        yield "does not begin with its goals: 'Afterwards you can', and a list"
    if is_lesson(notebook) and not re.search(r"\*Slides? [^*]*About \d+ minutes\.\*", opening):
        yield "does not say its slides and its time: '*Slides 3 to 7 of the talk. About 30 minutes.*'"


def opens_with_a_picture(notebook) -> Iterator[str]:
    first = [cell for _, cell in code_cells(notebook)][:4]
    if is_lesson(notebook) and not any(SVG in output for cell in first for output in data(cell)):
        yield "has no picture in its first four code cells: it opens with the slide's"


def ends_with_what_to_tell(notebook) -> Iterator[str]:
    last = notebook.cells[-1] if notebook.cells else None
    if is_lesson(notebook) and "## What to tell a colleague\n\n- " not in last.source:
        yield "does not end with '## What to tell a colleague', and a list"
    if is_lesson(notebook) and "](../src/chansim/" not in last.source:
        yield "does not end with links to the sources it teaches from"


def links_to_what_is_there(notebook) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"```.*?```|`[^`]*`", " ", cell.source, flags=re.S)
            for target in re.findall(r"\]\(([^)\s]+)\)", prose):
                path = target.split("#")[0]
                if path and "://" not in target and not (ROOT / "notebooks" / path).exists():
                    yield f"links to {target}, which is not there"


def asks_first(notebook) -> Iterator[str]:
    sources = [cell.source for _, cell in code_cells(notebook)]
    if is_lesson(notebook) and not any("predict(" in source for source in sources):
        yield "asks for no prediction"


RULES = [
    is_well_formed,
    was_run_once_from_top_to_bottom,
    shows_no_error,
    shows_what_it_ends_in,
    has_short_cells,
    has_no_trailing_semicolon,
    lets_no_widget_swallow_output,
    stores_no_raster_image,
    has_a_twin_for_every_widget,
    is_no_longer_than_an_hour,
    says_every_picture_in_words,
    keeps_the_authors_machine_out,
    has_plain_metadata,
    says_little_at_a_time,
    says_what_for_and_how_long,
    opens_with_a_picture,
    ends_with_what_to_tell,
    links_to_what_is_there,
    asks_first,
]


# -- the course ----------------------------------------------------------------------------------------


def test_there_is_a_course():
    assert NOTEBOOKS, "no notebook in notebooks/"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path):
    notebook = nbformat.read(path, as_version=4)
    complaints = [complaint for rule in RULES for complaint in rule(notebook)]
    assert not complaints, f"{path.name}\n  " + "\n  ".join(complaints)


# -- the rules, tried on a notebook that is spoilt -----------------------------------------------------

PICTURE = '<svg xmlns="x" role="img"><title>Two workers</title></svg>'


def result(number, **mimes):
    return new_output("execute_result", {**mimes}, execution_count=number)


def good():
    """A notebook that breaks no rule. Cells: 0 prose, 1 import, 2 value, 3 picture, 4 and 5 printing, 6 prose."""
    shown = {"text/plain": "two workers, one channel", SVG: PICTURE}
    cells = [
        new_markdown_cell(
            "# 01 · A lesson\n\n*Slide 3 of the talk. About 9 minutes.*\n\n"
            "Afterwards you can\n\n- see ![a queue](../docs/picture.svg)"
        ),
        new_code_cell("import chansim\nguess = predict('How many?', None)", execution_count=1),
        new_code_cell("6 * 7", execution_count=2, outputs=[result(2, **{"text/plain": "42"})]),
        new_code_cell("picture()", execution_count=3, outputs=[result(3, **shown)]),
        new_code_cell("print('ja')", execution_count=4, outputs=[new_output("stream", text="ja\n")]),
        new_code_cell("print('nein')", execution_count=5, outputs=[new_output("stream", text="nein\n")]),
        new_markdown_cell(
            "## What to tell a colleague\n\n- Two.\n\n*What this lesson runs on:* [a](../src/chansim/run.py)"
        ),
    ]
    return new_notebook(cells=cells, metadata=deepcopy(METADATA))


def source(cell, text):
    return lambda notebook: notebook.cells[cell].update(source=text)


def output(cell, *outputs):
    return lambda notebook: notebook.cells[cell].update(outputs=list(outputs))


def shows(cell, **mimes):
    return output(cell, result(cell, **{mime.replace("_", "/"): text for mime, text in mimes.items()}))


def picture(svg, words):
    return output(3, result(3, **{SVG: svg, "text/plain": words}))


ERROR = new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])

FAULTS = {
    "an output without its data": (is_well_formed, lambda nb: nb.cells[2].outputs[0].pop("data")),
    "a cell that was not run": (
        was_run_once_from_top_to_bottom,
        lambda nb: nb.cells[1].update(execution_count=None),
    ),
    "cells in another order": (
        was_run_once_from_top_to_bottom,
        lambda nb: nb.cells.insert(1, nb.cells.pop(2)),
    ),
    "a cell run twice": (was_run_once_from_top_to_bottom, lambda nb: nb.cells[5].update(execution_count=6)),
    "an error": (shows_no_error, output(5, ERROR)),
    "an announced error": (
        shows_no_error,
        lambda nb: nb.cells[5].update(metadata={"tags": ["raises-exception"]}),
    ),
    "a stripped value": (shows_what_it_ends_in, output(2)),
    "a stripped picture": (shows_what_it_ends_in, output(3)),
    "a stripped print": (shows_what_it_ends_in, output(4)),
    "an empty value": (shows_what_it_ends_in, shows(2, text_plain="  ")),
    "a silent call at the end": (shows_what_it_ends_in, source(1, "import chansim\nprepare()")),
    "a magic that shows nothing": (shows_what_it_ends_in, source(1, "%matplotlib inline")),
    "eleven lines": (has_short_cells, source(1, "a = 1\n" * 11)),
    "a semicolon": (has_no_trailing_semicolon, source(2, "6 * 7;  \n")),
    "interact": (lets_no_widget_swallow_output, source(1, "@interact(n=3)\ndef f(n): pass")),
    "interactive_output": (lets_no_widget_swallow_output, source(1, "a = widgets.interactive_output(f, {})")),
    "Output": (lets_no_widget_swallow_output, source(1, "with widgets.Output():\n    x = 1")),
    "a PNG": (stores_no_raster_image, output(3, result(3, **{"image/png": "iVBO", "text/plain": "words"}))),
    "a widget alone": (has_a_twin_for_every_widget, source(2, 'lab("slide16")')),
    "a widget whose twin is far away": (
        has_a_twin_for_every_widget,
        lambda nb: (nb.cells[1].update(source="a = player(run)"), nb.cells[5].update(source="moment(run)")),
    ),
    "sixty-one cells": (
        is_no_longer_than_an_hour,
        lambda nb: nb.cells.extend([new_markdown_cell("And so on.")] * 60),
    ),
    "a PNG in HTML": (
        stores_no_raster_image,
        shows(2, text_html="<img alt='a' src='data:image/png;base64,'>"),
    ),
    "an attachment": (
        stores_no_raster_image,
        lambda nb: nb.cells[0].update(attachments={"a.png": {"image/png": "iVBO"}}),
    ),
    "a picture without a title": (says_every_picture_in_words, picture("<svg></svg>", "words")),
    "a picture with an empty title": (
        says_every_picture_in_words,
        picture("<svg><title> </title></svg>", "a"),
    ),
    "a picture without words": (says_every_picture_in_words, picture(PICTURE, "")),
    "matplotlib's words": (
        says_every_picture_in_words,
        picture(PICTURE, "<Figure size 640x480 with 1 Axes>"),
    ),
    "a picture in HTML without a title": (says_every_picture_in_words, shows(2, text_html="<svg></svg>")),
    "a markdown image without alt": (says_every_picture_in_words, source(0, "![](a.svg)")),
    "an HTML image without alt": (says_every_picture_in_words, source(0, '<img src="a.svg" alt="">')),
    "a home folder": (keeps_the_authors_machine_out, shows(2, text_plain="'/home/me/chansim'")),
    "a Windows folder": (keeps_the_authors_machine_out, shows(2, text_plain=r"C:\Users\me")),
    "this checkout": (keeps_the_authors_machine_out, shows(2, text_plain=f"{ROOT}/src")),
    "an address in memory": (keeps_the_authors_machine_out, shows(2, text_plain="<Run object at 0x7f12>")),
    "a warning's file": (keeps_the_authors_machine_out, shows(2, text_plain="ipykernel_12/3.py:1: hm")),
    "another kernel": (has_plain_metadata, lambda nb: nb.metadata.kernelspec.update(name="chansim-dev")),
    "a Python version": (has_plain_metadata, lambda nb: nb.metadata.language_info.update(version="3.11.7")),
    "widget state": (has_plain_metadata, lambda nb: nb.metadata.update(widgets={})),
    "96 words": (says_little_at_a_time, source(6, f"{good().cells[6].source}\n\n" + "word " * 96)),
    "a lesson without goals": (
        says_what_for_and_how_long,
        source(0, "# 01 · A\n\n*Slide 3. About 9 minutes.*"),
    ),
    "a lesson without its time": (
        says_what_for_and_how_long,
        source(0, "# 01 · A\n\nAfterwards you can\n\n- see"),
    ),
    "a lesson that opens without a picture": (opens_with_a_picture, shows(3, text_plain="words")),
    "a lesson that ends otherwise": (
        ends_with_what_to_tell,
        source(6, "## And so [on](../src/chansim/run.py)"),
    ),
    "a lesson without sources": (ends_with_what_to_tell, source(6, "## What to tell a colleague\n\n- Two.")),
    "a link to what is not there": (links_to_what_is_there, source(6, "[the code](../src/chansim/no.py)")),
    "a lesson that asks nothing": (asks_first, source(1, "import chansim")),
    "timings": (has_plain_metadata, lambda nb: nb.cells[1].metadata.update(execution={})),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_notebook_breaks_no_rule(rule):
    assert list(rule(good())) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_caught(fault):
    rule, spoil = FAULTS[fault]
    notebook = good()
    spoil(notebook)
    assert list(rule(notebook))


def test_every_rule_was_seen_to_catch_something():
    assert {rule for rule, _ in FAULTS.values()} == set(RULES)


def test_a_cell_that_is_not_run_owes_nothing():
    notebook = good()
    skipped = new_code_cell("input('name? ')", metadata={"tags": ["nbval-skip", "skip-execution"]})
    notebook.cells.insert(1, skipped)
    assert [complaint for rule in RULES for complaint in rule(notebook)] == []


# -- storing outputs -----------------------------------------------------------------------------------


def stored(path, *cells):
    """What tools/run_notebooks.py makes of a notebook with these cells: (its exit code, the bytes)."""
    path.write_text(nbformat.writes(new_notebook(cells=[*map(deepcopy, cells)])), encoding="utf-8")
    done = subprocess.run([sys.executable, ROOT / "tools" / "run_notebooks.py", path], capture_output=True)
    return done, path.read_bytes()


def test_two_runs_store_the_same_bytes_and_break_no_rule(tmp_path):
    cells = [
        new_markdown_cell("# Everything that differs from run to run, unless it is taken out"),
        new_code_cell("import ipywidgets, warnings\nipywidgets.IntSlider()"),
        new_code_cell("for n in range(3):\n    print(n, flush=True)"),
        new_code_cell("warnings.warn('careful')"),
        new_code_cell("import os\nos.environ['PYTHONHASHSEED']"),
        new_code_cell("print(1)", metadata={"collapsed": True}),
    ]
    first, once = stored(tmp_path / "a.ipynb", *cells)
    second, again = stored(tmp_path / "a.ipynb", *cells)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr.decode()
    assert once == again
    assert b"'random'" in once, "outputs must not hang on one hash seed"
    notebook = nbformat.reads(once.decode(), as_version=4)
    assert [complaint for rule in RULES for complaint in rule(notebook)] == []


def test_an_error_stores_nothing_and_is_told(tmp_path):
    failing = new_code_cell("raise ValueError('unforeseen')")
    done, left = stored(tmp_path / "a.ipynb", failing)
    assert done.returncode == 1
    assert b"unforeseen" in done.stderr
    assert b"unforeseen" not in left.replace(b"raise ValueError('unforeseen')", b"")
