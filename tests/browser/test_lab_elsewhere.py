"""The lab where it is not alone, not in JupyterLab, or has no kernel; and what axe-core says of it."""

import base64
import json
import re
from urllib.parse import urlsplit

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.harness import PATIENCE, end_kernel, open_notebook, run_all
from chansim.palette import DARK, PAPER

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
IMPORT = "from chansim.widgets import lab"
SETTLED = """() => [...document.querySelectorAll(".chansim-lab")].every(lab =>
    lab.dataset.figures === "new" && (lab.dataset.sent === undefined || lab.dataset.sent === lab.dataset.turn))"""


@pytest.fixture
def write(lab):
    """Puts a notebook of these cells where Jupyter sees it, and gives its name."""

    def write(name, *sources):
        notebook = new_notebook(cells=[new_code_cell(source) for source in sources], metadata=KERNEL)
        nbformat.write(notebook, lab.root / name)
        return name

    return write


@pytest.fixture
def visited(in_one_window):
    return in_one_window


def labs(page):
    return page.locator(".chansim-lab")


def line(page, number, expected):
    """Until the lab of that number stands so, and its figures with it."""
    labs(page).nth(number).locator("code").get_by_text(expected, exact=True).wait_for()
    page.wait_for_function(SETTLED, polling=30)


def press(page, number, name):
    labs(page).nth(number).get_by_role("button", name=name, exact=True).click()


# -- in JupyterLab


def test_two_labs_in_one_notebook_know_nothing_of_one_another_and_one_shown_twice_is_one(lab, page, write):
    open_notebook(
        page, lab, write("two.ipynb", f"{IMPORT}\none = lab('slide16')\none", "lab('slide07')", "one")
    )
    run_all(page)
    labs(page).nth(2).locator(".topology").wait_for()
    press(page, 0, "+ worker")
    for number in (0, 2):
        line(page, number, 'deployments.slide16().add_worker("server")')
        assert labs(page).nth(number).locator('[data-role="worker"]').count() == 4
    line(page, 1, "deployments.slide07()")
    ids = page.locator(".chansim-lab [id^='chansim']").evaluate_all("all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))


def test_after_a_restart_it_says_that_the_kernel_is_gone_and_run_again_it_works(lab, page, write):
    open_notebook(page, lab, write("restart.ipynb", f"{IMPORT}\nlab('slide07')"))
    run_all(page)
    labs(page).locator(".topology").wait_for()
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    labs(page).locator(".problem", has_text="run the cell again").wait_for()
    run_all(page)
    labs(page).locator(".topology").wait_for()
    press(page, 0, "+ worker")
    line(page, 0, 'deployments.slide07().change("gunicorn", workers=4)')
    assert labs(page).locator(".problem").inner_text() == ""
    end_kernel(page)
    press(page, 0, "+ worker")
    labs(page).locator(".problem", has_text="run the cell again").wait_for()


def test_a_saved_notebook_has_the_last_picture_in_html_and_its_words_without_a_kernel(lab, page, write):
    name = write("saved.ipynb", f"{IMPORT}\nlab('slide16')", "1")
    open_notebook(page, lab, name)
    run_all(page)
    labs(page).locator(".topology").wait_for()
    press(page, 0, "+ worker")
    line(page, 0, 'deployments.slide16().add_worker("server")')
    page.locator(".jp-Notebook .jp-Cell").last.locator(".cm-content").click()
    page.wait_for_function(
        """() => window.jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel.outputs
            .some(output => output.data?.["text/plain"]?.toString().includes("add_worker"))"""
    )
    labs(page).locator(".topology").wait_for()  # drawn anew, and still alive
    assert labs(page).locator('[data-role="worker"]').count() == 4
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def stored():
        return nbformat.read(lab.root / name, 4).cells[0].outputs[0]["data"]

    for _ in range(600):
        page.wait_for_timeout(100)
        if nbformat.read(lab.root / name, 4).cells[0].outputs and "add_worker" in stored()["text/plain"]:
            break
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter().from_filename(str(lab.root / name))
    (picture,) = [
        base64.b64decode(found).decode()
        for found in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    ]
    assert picture.count('data-component="worker-4"') == 1
    assert "4,787 requests in 100 s" in picture

    copy = json.loads((lab.root / name).read_text())
    copy["metadata"]["from"] = "somebody else"  # so that it is not trusted: nobody ran it here
    for output in copy["cells"][0]["outputs"]:
        output["data"].pop("application/vnd.jupyter.widget-view+json", None)
    (lab.root / "copied.ipynb").write_text(json.dumps(copy))
    end_kernel(page)
    page.goto("about:blank")  # so that JupyterLab begins anew, and knows of no lab
    open_notebook(page, lab, "copied.ipynb")
    page.get_by_text(re.compile(r"4,787 requests in 100 s: .* served")).first.wait_for()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_opens_in_the_colours_of_the_page_and_axe_finds_nothing_serious(lab, page, write, theme):
    from axe_playwright_python.sync_playwright import Axe

    open_notebook(page, lab, write("axe.ipynb", f"{IMPORT}\nlab('slide29')"))
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    run_all(page)
    paper = DARK[PAPER] if "Dark" in theme else PAPER
    labs(page).locator(f'.view svg [fill="{paper}"], .view svg [style*="fill: {paper}"]').first.wait_for(
        state="attached"
    )
    labs(page).locator('[data-id="layer"]').click()
    labs(page).locator(".panel .knob").first.wait_for()
    labs(page).locator('[data-id="worker-1-1"]').focus()
    page.keyboard.press("k")
    line(page, 0, 'deployments.slide29().kill("worker-1-1", at=33)')
    labs(page).locator('[data-id="layer"]').focus()
    page.keyboard.press("Delete")
    labs(page).locator(".problem", has_text="needs it").wait_for()
    page.wait_for_function(
        "document.getAnimations().every(each => each.playState !== 'running')"
    )  # nothing fades
    found = Axe().run(page, context=".chansim-lab").response["violations"]
    serious = [
        (each["id"], [node["html"][:120] for node in each["nodes"]][:5])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


# -- elsewhere


def test_in_notebook_7_by_keyboard(lab, visited, write):
    page = visited.page
    name = write("seven.ipynb", f"{IMPORT}\nlab('slide16')", "1")
    page.goto(f"{lab.url}/notebooks/{name}", timeout=PATIENCE * 1000)
    page.locator(".jp-Notebook .jp-Cell .cm-content").first.click(timeout=PATIENCE * 1000)
    page.wait_for_load_state("networkidle", timeout=PATIENCE * 1000)
    own = len(visited.errors)  # Notebook's own, which it has with any notebook
    page.keyboard.press("Shift+Enter")
    labs(page).locator(".topology").wait_for(timeout=PATIENCE * 1000)
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    labs(page).locator('[data-id="worker-1"]').focus()
    for key in ("+", "b", "d", "d"):
        page.keyboard.press(key)
    line(page, 0, 'deployments.slide16().add_worker("server")')
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert visited.outside == []
    assert visited.errors[own:] == []


def test_in_voila(lab, visited, write):
    page = visited.page
    page.goto(f"{lab.url}/voila/render/{write('plain.ipynb', '6 * 7')}", timeout=PATIENCE * 1000)
    page.get_by_text("42", exact=True).wait_for(timeout=PATIENCE * 1000)
    page.wait_for_load_state("networkidle", timeout=PATIENCE * 1000)
    own = {urlsplit(url).path for url in visited.outside}  # Voilà's own: icons, and formulas
    name = write("page.ipynb", f"{IMPORT}\nlab('slide16')")
    page.goto(f"{lab.url}/voila/render/{name}", timeout=PATIENCE * 1000)
    labs(page).locator(".topology").wait_for(timeout=PATIENCE * 1000)
    press(page, 0, "+ worker")
    line(page, 0, 'deployments.slide16().add_worker("server")')
    slider = labs(page).get_by_role("slider", name="Arrival rate")
    slider.focus()
    page.keyboard.press("ArrowRight")
    line(page, 0, 'deployments.slide16(rate=51.0).add_worker("server")')
    assert {urlsplit(url).path for url in visited.outside} <= own
