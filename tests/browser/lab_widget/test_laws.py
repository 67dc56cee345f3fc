"""The lab's knobs that are no numbers: laws, filters, policies; and the line of a scenario made by hand."""

import pytest

from browser.lab_widget.hands import (
    box,
    button,
    choice,
    code,
    comes_true,
    field,
    is_focused,
    problem,
    python,
    settled,
    type_in,
)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_how_service_times_vary_is_chosen_beside_their_mean(page, by):
    law = choice(page, "Service time, how it varies")
    assert law.input_value() == "Exponential"
    if by == "mouse":
        law.select_option("Constant")
    else:
        law.focus()
        page.keyboard.press("ArrowUp")
    code(page, "deployments.slide16(service=duration.Constant(seconds=0.05))")
    assert "from chansim import deployments, duration" in page.locator(".chansim-lab .above").inner_text()
    assert by == "mouse" or is_focused(law)
    type_in(field(page, "Service time"), "40", "Enter")
    code(page, "deployments.slide16(service=duration.Constant(seconds=0.04))")
    button(page, "Undo").click()
    button(page, "Undo").click()
    code(page, "deployments.slide16()")
    assert law.input_value() == "Exponential"
    assert page.locator(".chansim-lab .above").is_hidden()


def test_clients_come_evenly_spaced_and_their_box_says_so(page):
    choice(page, "Arrival rate, how it varies").select_option("Regular")
    code(page, "deployments.slide16(arrivals=model.Regular(rate=50.0))")
    assert "50/s, regular" in box(page, "clients").text_content()


def test_channels_are_left_to_other_workers_by_keyboard(page):
    choice(page, "Deployment").select_option("slide24")
    settled(page)
    box(page, "worker-1").focus()
    page.keyboard.press("Enter")
    only = page.get_by_role("textbox", name="only channels, the channels it listens to")
    only.wait_for()
    type_in(only, "websocket.receive", "Tab")
    code(page, 'deployments.slide24().change("worker-1", only_channels=("websocket.receive",))')
    type_in(only, "x", "Enter")
    problem(page).get_by_text("it leaves no channel to listen to").wait_for()
    assert only.get_attribute("aria-invalid") == "true"


def test_the_era_is_chosen_by_keyboard(page):
    box(page, "layer").focus()
    page.keyboard.press("Enter")
    era = page.get_by_role("combobox", name="era, whose habits Channels and Daphne have")
    era.wait_for()
    era.focus()
    for now in ("channels10", "channels11"):
        page.keyboard.press("ArrowDown")
        code(page, f'deployments.slide16().use_era("{now}")')
    settled(page)


def test_the_policy_of_the_entry_is_chosen_where_there_are_several_servers(page):
    button(page, "+ server").click()
    settled(page)
    choice(page, "Part").select_option("site.example")
    policy = page.get_by_role("combobox", name="policy, how it chooses the server of a client")
    policy.wait_for()
    policy.focus()
    page.keyboard.press("ArrowUp")
    code(page, 'deployments.slide16().add_server("server").change("site.example", policy="in turn")')


def test_the_line_of_a_scenario_made_by_hand_is_pasted_into_a_cell_with_its_imports(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    python(page, "bench._go(type(bench.bench).of(bench.scenario.with_(title='By hand')))")
    settled(page)
    box(page, "worker-1").focus()
    page.keyboard.press("+")
    page.locator(".chansim-lab code").first.get_by_text('.add_worker("server")').wait_for()
    settled(page)
    button(page, "Copy as code").click()
    page.locator(".chansim-lab .code").get_by_text("copied", exact=True).wait_for()
    assert python(page, "globals().pop('deployments') is None") == "False"
    cell = page.locator(".jp-Notebook .jp-Cell").last
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+V")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "() => document.querySelectorAll('.jp-Cell')[2].querySelector('.jp-OutputArea svg')"
    )
    comes_true(page, "_ == bench.scenario")
    assert python(page, "_.title") == "'By hand'"
    python(page, "exec('from chansim import deployments', globals())")
