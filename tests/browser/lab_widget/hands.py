"""What a reader sees of the lab in a page, and what hands do to it. Tests of this folder only; no test is here."""

import re
import time

SETTLED = """() => [...document.querySelectorAll(".chansim-lab")].every(lab =>
    lab.dataset.figures === "new" && (lab.dataset.sent === undefined || lab.dataset.sent === lab.dataset.turn))"""


def settled(page):
    """Until all that was asked for is answered, and a run of it is shown."""
    page.wait_for_function(SETTLED, polling=30)


def box(page, name):
    return page.locator(f'.chansim-lab .topology [data-id="{name}"]')


def knob(page, name):
    return page.get_by_role("slider", name=re.compile(name))


def field(page, name):
    return page.get_by_role("spinbutton", name=re.compile(name))


def type_in(element, words, last="Enter"):
    """As a hand does it: a field that a program fills does not say that it has changed."""
    element.focus()
    for key in ("Control+A", *words, last):
        element.page.keyboard.press(key)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def choice(page, name):
    return page.locator(f'.chansim-lab select[aria-label="{name}"]')


def problem(page):
    return page.locator(".chansim-lab .problem").first


def strip(page):
    return page.locator(".chansim-lab .strip").first.inner_text().replace("\n", " ")


def workers(page):
    return page.locator('.chansim-lab .topology [data-role="worker"]').count()


def code(page, expected):
    """Until the line says so, and the picture with it."""
    page.locator(".chansim-lab code").first.get_by_text(expected, exact=True).wait_for()
    settled(page)


def python(page, expression):
    """What the kernel says of *expression*."""
    return page.evaluate(
        """async code => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const reply = await kernel.requestExecute({ code: "", user_expressions: { it: code } }).done;
            const it = reply.content.user_expressions.it;
            return it.status === "ok" ? it.data["text/plain"] : `${it.ename}: ${it.evalue}`;
        }""",
        expression,
    )


def comes_true(page, expression):
    """Until the kernel says that *expression* is so, which the browser has only asked for."""
    deadline = time.monotonic() + 60
    while python(page, expression) != "True":
        assert time.monotonic() < deadline, f"{expression} never was so"


def is_focused(locator):
    return locator.evaluate("element => element === document.activeElement")


def drag(page, name, to):
    """Take a box by its middle and let it go near the lower edge of another."""
    here, there = box(page, name).bounding_box(), box(page, to).bounding_box()
    page.mouse.move(here["x"] + here["width"] / 2, here["y"] + here["height"] / 2)
    page.mouse.down()
    page.mouse.move(there["x"] + there["width"] / 2, there["y"] + there["height"] / 2, steps=4)
    page.mouse.move(there["x"] + there["width"] / 2, there["y"] + there["height"] - 6, steps=4)
    page.mouse.up()
