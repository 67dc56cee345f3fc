"""From a key on a knob to what is painted: the lab beside ``ipywidgets.interactive`` with matplotlib, on one page.

    python benchmarks/browser.py [presses]

One JupyterLab, one notebook, one kernel. The same knob, the arrival rate of slide 16, is pressed by one in turn

- in ``lab``: to the picture of the deployment, whose boxes the browser writes anew before Python has confirmed them
  (that is "confirmed"), to the closed forms, to the figures of a run of 5,000 requests;
- in an ``interactive`` that draws the closed forms with matplotlib;
- in an ``interactive`` that runs the same 5,000 requests and draws their ECDF with matplotlib.

Times are from the key to the frame after the change of the page, medians of so many presses, each when the one before
is done; "hurried" presses come while a run is under way. Then the player plays on the same page, beside the page at
rest. What is printed depends on what else the computer does: the load average is printed with it, and the ratios
are what to compare.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import sync_playwright

# instead of this folder, where "browser" would be this very file
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from browser.harness import (
    end_kernel,
    find_chromium,
    jupyterlab,
    open_notebook,
    run_all,
    start_chromium,
    visit,
)

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
CELLS = [
    """%matplotlib inline
import matplotlib.pyplot as plt
from ipywidgets import IntSlider, interactive
from chansim import deployments, simulate, theory
from chansim.widgets import lab, player""",
    "lab('slide16')",
    """def closed(rate):
    queue = theory.MMc(rate, 0.05, 3)
    figure, axes = plt.subplots(figsize=(6, 2))
    axes.barh(["load", "wait (s)"], [queue.utilisation, min(2.0, queue.mean_wait)])
    plt.show()
interactive(closed, rate=IntSlider(50, 1, 200))""",
    """def run(rate):
    result = simulate(deployments.slide16(rate=float(rate)), seconds=5000 / rate)
    from chansim.measures.latency import latencies
    values = sorted(latencies(result.trace, "clients"))
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.step(values, [n / len(values) for n in range(len(values))])
    plt.show()
interactive(run, rate=IntSlider(50, 1, 200))""",
    "player(simulate(deployments.slide16(rate=60.0), seconds=20.0), start=0.5)",
]
TARGETS = {"picture": 50.0, "closed forms": 100.0, "figures": 1000.0}

WATCH = """() => {
    window.hits = {};
    window.addEventListener("keydown", () => { window.pressed = performance.now(); window.hits = {}; }, true);
    const hit = (name) => {
        if (window.pressed === undefined || window.hits[name] !== undefined) return;
        window.hits[name] = null;
        const pressed = window.pressed;
        requestAnimationFrame(() => setTimeout(() => { window.hits[name] = performance.now() - pressed; }, 0));
    };
    const watch = (element, name, when = () => true) =>
        new MutationObserver(() => { if (when()) hit(name); })
            .observe(element, { childList: true, subtree: true, characterData: true });
    const lab = document.querySelector(".chansim-lab");
    watch(lab.querySelector(".topology .boxes"), "picture");
    watch(lab.querySelector(".strip"), "closed forms");
    watch(lab.querySelector("code"), "confirmed");
    watch(lab.querySelector(".right .numbers"), "figures", () => lab.dataset.figures === "new");
    document.querySelectorAll(".widget-interact").forEach((widget, place) => {
        new MutationObserver((changes) => {
            for (const image of changes.flatMap((change) => [...change.addedNodes])
                .flatMap((node) => node.querySelectorAll ? [...node.querySelectorAll("img"), node] : [])
                .filter((node) => node.tagName === "IMG")) image.decode().then(() => hit(`interactive ${place}`));
        }).observe(widget, { childList: true, subtree: true });
    });
}"""
FRAMES = """(seconds) => new Promise((done) => {
    const stamps = [];
    const frame = (now) => {
        stamps.push(now);
        if (now - stamps[0] < seconds * 1000) requestAnimationFrame(frame); else done(stamps);
    };
    requestAnimationFrame(frame);
})"""


def presses(page: Any, knob: Any, names: tuple[str, ...], count: int) -> dict[str, list[float]]:
    """Press an arrow key *count* times on *knob*, each time until all of *names* are painted: milliseconds of each."""
    found: dict[str, list[float]] = {name: [] for name in names}
    knob.focus()
    for number in range(count + 2):
        page.keyboard.press("ArrowRight" if number // 5 % 2 == 0 else "ArrowLeft")
        page.wait_for_function(
            "names => names.every(name => typeof window.hits[name] === 'number')",
            arg=list(names),
            timeout=60_000,
        )
        for name in names if number > 1 else ():  # the first two warm up
            found[name].append(page.evaluate("name => window.hits[name]", name))
        page.wait_for_function(
            "() => document.querySelector('.chansim-lab').dataset.seen === 'new'", timeout=60_000
        )
        page.wait_for_timeout(150)
    return found


def hurried(page: Any, knob: Any, count: int) -> list[float]:
    """The same to the picture alone, each press while the run of the one before is under way."""
    found = []
    knob.focus()
    for number in range(count):
        page.keyboard.press("ArrowRight" if number // 5 % 2 == 0 else "ArrowLeft")
        page.wait_for_function("() => typeof window.hits.picture === 'number'", timeout=60_000)
        found.append(page.evaluate("window.hits.picture"))
        page.wait_for_timeout(80)  # the run has begun, and is not done
    return found


def frames_per_second(page: Any, seconds: float = 4.0) -> float:
    """How many frames the page paints in a second, whatever it is doing."""
    stamps = page.evaluate(FRAMES, seconds)
    return float(1000 * (len(stamps) - 1) / (stamps[-1] - stamps[0]))


def measure(page: Any, count: int) -> dict[str, list[float]]:
    """All times, in milliseconds, and frames a second."""
    page.evaluate(WATCH)
    lab = page.locator(".chansim-lab").first.get_by_role("slider", name="Arrival rate")
    found = presses(page, lab, ("picture", "confirmed", "closed forms", "figures"), count)
    found["picture, hurried"] = hurried(page, lab, count)
    page.wait_for_function(
        "() => document.querySelector('.chansim-lab').dataset.figures === 'new'", timeout=60_000
    )
    for place in (0, 1):
        handle = page.locator(".widget-interact").nth(place).locator("[role=slider]").first
        found |= presses(page, handle, (f"interactive {place}",), count)
    player = page.locator(".chansim-player").first
    player.scroll_into_view_if_needed()
    found["at rest"] = [frames_per_second(page)]
    player.get_by_role("button", name="Play", exact=True).click()
    found["playing"] = [frames_per_second(page)]
    return found


def main() -> None:
    """Measure, and print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    root = Path(tempfile.mkdtemp(prefix="chansim-benchmark-"))
    nbformat.write(
        new_notebook(cells=[new_code_cell(each) for each in CELLS], metadata=KERNEL), root / "page.ipynb"
    )
    with jupyterlab(root) as lab, sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            raise SystemExit("there is no Chromium here to measure")
        browser = start_chromium(playwright, executable)
        with visit(browser, viewport={"width": 1400, "height": 1000}) as here:
            open_notebook(here.page, lab, "page.ipynb")
            run_all(here.page)
            here.page.locator(".chansim-player .spot").first.wait_for()
            here.page.wait_for_timeout(1500)
            found = measure(here.page, count)
            end_kernel(here.page)
        browser.close()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, {count} presses")
    print(f"{'from a key to':34} {'median':>8} {'least':>8} {'9 of 10':>8}   target  interactive  ratio")
    peers = {"picture": 0, "closed forms": 0, "figures": 1}
    for name in (
        "picture",
        "picture, hurried",
        "confirmed",
        "closed forms",
        "figures",
        "interactive 0",
        "interactive 1",
    ):
        times = sorted(found[name])
        median = statistics.median(times)
        told = f"{name:34} {median:5.0f} ms {times[0]:5.0f} ms {times[int(0.9 * len(times)) - 1]:5.0f} ms"
        if name in peers:
            peer = statistics.median(found[f"interactive {peers[name]}"])
            told += f" {TARGETS[name]:5.0f} ms {peer:9.0f} ms {peer / median:6.1f}"
        print(told)
    print(
        f"frames a second: {found['at rest'][0]:.1f} at rest, {found['playing'][0]:.1f} while the player plays"
    )


if __name__ == "__main__":
    main()
