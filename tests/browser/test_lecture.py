"""The lecture in Chromium: from a file with no network, by keys alone; and in JupyterLab, made by Python."""

import contextlib
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from browser.alone import serious_faults
from browser.harness import PATIENCE, end_kernel, open_notebook, run_all, visit
from chansim.lecture import SCRIPT, Talk
from chansim.lecture.page import document, page_of
from chansim.lecture.talk import key
from lecture.small import SMALL
from lecture.test_talk import PNG


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return page_of(Talk(SMALL), tmp_path_factory.mktemp("lecture") / "talk.html")


@contextlib.contextmanager
def offline(browser, file, **options):
    """The page from its file, in a browser that is offline; nothing but the file may be asked for."""
    settings = {"viewport": {"width": 1280, "height": 720}, "offline": True, **options}
    with contextlib.closing(browser.new_context(**settings)) as context:
        context.set_default_timeout(PATIENCE * 1000)
        page, asked, errors = context.new_page(), [], []
        context.route(
            lambda url: url != file.as_uri(), lambda route: (asked.append(route.request.url), route.abort())
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(file.as_uri())
        page.locator(".figure svg").first.wait_for()
        yield page
        assert [url for url in asked if not url.startswith(("data:", "blob:"))] == []
        assert errors == []


@pytest.fixture
def page(browser, file):
    with offline(browser, file) as here:
        yield here


@pytest.fixture(scope="module")
def talk():
    return Talk(SMALL)


def told(page):
    return page.locator(".told").inner_text()


def test_arrows_go_on_and_back_and_stop_at_the_ends(page):
    titles = []
    for _ in range(4):
        titles.append(page.locator("h1").inner_text())
        page.keyboard.press("ArrowRight")
    assert titles == ["A first step", "Slide 9: your picture", "A second step", "A second step"]
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert page.locator("h1").inner_text() == "A first step"


def test_a_prediction_is_typed_in_and_shown_as_bars(page):
    page.keyboard.press("p")
    page.keyboard.type("12")
    page.get_by_label("Hands for b", exact=True).fill("30")
    assert page.get_by_label("30 hands for b").evaluate("meter => meter.value / meter.max") == 1.0
    assert page.get_by_label("12 hands for a").evaluate("meter => meter.value / meter.max") == pytest.approx(
        0.4
    )
    page.get_by_label("Hands for b", exact=True).press("p")
    assert page.locator(".tally").first.is_hidden()
    assert "30 hands" in page.locator(".options li").nth(1).inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert "30 hands" in page.locator(".options li").nth(1).inner_text()


def test_reveal_turns_the_knob_marks_the_right_one_and_says_the_line(page, talk):
    before, after = talk.ends(0)
    assert told(page) == before.told
    assert page.locator(".line").is_hidden()
    page.keyboard.press("r")
    assert told(page) == after.told
    assert page.locator(".options .right .words").inner_text() == "four times"
    assert page.locator(".line").inner_text() == talk.reveal(0)["line"]
    assert page.locator("select").first.evaluate("choice => choice.selectedOptions[0].textContent") == "40"
    page.keyboard.press("r")
    assert told(page) == before.told
    assert page.locator(".options .right").count() == 0


def test_the_b_side_comes_and_goes(page, talk):
    page.keyboard.press("b")
    assert told(page) == talk.scene(0, (1, 0)).told
    page.keyboard.press("b")
    assert told(page) == talk.scene(0, (0, 0)).told


def test_each_press_of_f_is_the_next_fault(page, talk):
    page.keyboard.press("f")
    assert told(page) == talk.scene(0, (0, 1)).told
    page.keyboard.press("f")
    assert told(page) == talk.scene(0, (0, 0)).told


def test_every_position_of_the_knobs_is_in_the_file(page, talk):
    for number, positions in talk.all_scenes():
        if number:
            break
        for place, at in enumerate(positions):
            page.locator(".knobs select").nth(place).select_option(index=at)
        assert told(page) == talk.scene(0, positions).told


def test_space_plays_and_pauses_and_escape_ends_it(page):
    page.keyboard.press("Space")
    deadline = time.monotonic() + 60
    while (
        float(page.locator(".clock").inner_text().split()[0]) <= 0.52
    ):  # the policy lets nothing wait in the page
        assert time.monotonic() < deadline, "it does not play"
        page.wait_for_timeout(50)
    page.keyboard.press("Space")
    held = page.locator(".clock").inner_text()
    page.wait_for_timeout(150)
    assert page.locator(".clock").inner_text() == held
    page.keyboard.press("Escape")
    assert page.locator(".chansim-player").count() == 0
    assert page.locator(".figure svg").count() == 1


def test_a_picture_of_ones_own_is_shown_without_leaving_the_machine(page, tmp_path):
    (tmp_path / "mine.png").write_bytes(PNG)
    page.keyboard.press("ArrowRight")
    page.get_by_label("Your picture for slide 9").set_input_files(tmp_path / "mine.png")
    page.get_by_alt_text("Your picture for slide 9").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert page.get_by_alt_text("Your picture for slide 9").evaluate("image => image.naturalWidth") == 1


def test_the_step_is_in_the_address_so_that_a_reload_stays_there(page):
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.reload()
    assert page.locator("h1").inner_text() == "A second step"


def test_a_projector_shows_all_of_it_without_scrolling(page):
    for press in ("p", "p", "r", "Space"):
        page.keyboard.press(press)
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), press
    assert page.locator(".chansim-player").is_visible()
    assert not page.locator(".told").is_visible()  # it makes room for the player
    page.keyboard.press("Escape")
    assert page.locator(".told").is_visible()
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('h2')).fontSize)") >= 22


def test_every_step_of_the_real_lecture_fits_a_projector_and_reveals(browser, tmp_path):
    talk = Talk(SCRIPT)
    outline, scenes, reveals = talk.outline(), {}, {}
    for number, step in enumerate(outline["steps"]):
        if "question" in step:
            for at in (step["before"], step["after"]):
                scenes[key(number, at)] = talk.scene_told(number, at, played=False)
            reveals[str(number)] = talk.reveal(number)
    file = tmp_path / "real.html"
    file.write_text(document(outline, scenes, reveals, "The lecture"), encoding="utf-8")
    with offline(browser, file) as page:
        for number, step in enumerate(outline["steps"]):
            assert page.locator("h1").inner_text() == step["title"]
            fits = "document.documentElement.scrollHeight <= innerHeight"
            assert page.evaluate(fits), step["title"]
            if "question" in step:
                page.keyboard.press("p")
                page.get_by_label("Hands for c", exact=True).fill("40")
                page.keyboard.press("p")
                page.keyboard.press("r")
                assert page.locator(".options .right").count() == 1
                assert told(page) == talk.ends(number)[1].told
                assert page.evaluate(fits), f"{step['title']}, revealed"
            page.keyboard.press("ArrowRight")


def test_its_policy_lets_nothing_out_and_nothing_else_run(browser, file):
    with contextlib.closing(browser.new_context()) as context:
        page, refused = context.new_page(), []
        page.on("console", lambda said: refused.append(said.text))
        page.goto(file.as_uri())
        page.evaluate("""() => {
            const tell = (event) => console.log("refused " + event.effectiveDirective);
            document.addEventListener("securitypolicyviolation", tell);
            new Image().src = "http://127.0.0.1:9/x.png";
            fetch("http://127.0.0.1:9/").catch(() => {});
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        }""")
        deadline = time.monotonic() + 60
        while not {"refused img-src", "refused connect-src", "refused script-src-elem"} <= set(refused):
            assert time.monotonic() < deadline, refused
            page.wait_for_timeout(50)
        assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser, file, scheme):
    # axe is put into the page from outside, which the page's policy forbids: so it is set aside here, and only here
    with offline(browser, file, color_scheme=scheme, bypass_csp=True) as page:
        assert serious_faults(page) == []
        page.keyboard.press("p")
        page.keyboard.press("r")
        assert serious_faults(page) == []
        page.keyboard.press("Escape")
        page.keyboard.press("Space")
        page.locator(".chansim-player .spot").first.wait_for()
        assert serious_faults(page) == []
        page.keyboard.press("ArrowRight")
        assert serious_faults(page) == []


def test_a_narrow_page_is_one_column(browser, file):
    with offline(browser, file, viewport={"width": 600, "height": 900}) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}


def test_in_lab_the_scenes_come_from_python_and_its_keys_are_its_own(lab, browser):
    cells = [new_code_cell("from chansim.lecture import lecture\ntalk = lecture()\ntalk"), new_code_cell("1")]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), lab.root / "lecture.ipynb")
    with visit(browser) as here:
        page = here.page
        open_notebook(page, lab, "lecture.ipynb")
        run_all(page)
        page.locator(".chansim-lecture .figure svg").first.wait_for(timeout=90_000)
        count = page.locator(".jp-Cell").count()
        page.locator(".chansim-lecture").focus()
        page.keyboard.press("r")
        page.locator(".chansim-lecture .options .right").wait_for(timeout=90_000)
        assert page.locator(".chansim-lecture .options .right .words").inner_text() == "5 times"
        page.keyboard.press("b")
        page.keyboard.press("ArrowRight")
        assert page.locator(".chansim-lecture h1").inner_text().startswith("Slide 7")
        assert page.locator(".jp-Cell").count() == count
        end_kernel(page)
        assert here.outside == []
        assert here.errors == []
