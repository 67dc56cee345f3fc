"""The player in Chromium: frames a second while it plays, and a jump beside the same still drawn by Python.

    python benchmarks/player.py

For each of three runs a window of 5,000 events is opened in a page. Frames are counted for four seconds while the
page stands still and while it plays, at the speed that is chosen for the run and at real time: what the latter lose
against the first is the player's. Then the play head jumps to random moments, forwards and back: the time until all
is set for the next frame, beside what ``chansim.views.moment`` takes to draw the same as a still, which a player
without a state of its own would ask for. All in this process and its browser, one after the other.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

# instead of this folder, where "browser" would be the benchmark of that name
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from playwright.sync_api import sync_playwright

from browser.alone import page_of
from browser.harness import find_chromium, start_chromium
from chansim import Run, deployments, simulate
from chansim.views import moment
from chansim.widgets import player

RUNS = {
    "slide 16, 60 requests a second": lambda: simulate(deployments.slide16(rate=60.0), seconds=20.0),
    "slide 24, 40 members, a line a second": lambda: simulate(
        deployments.slide24(members=40, rate=1.0), seconds=5.0
    ),
    "slide 31, 120 requests a second": lambda: simulate(deployments.slide31(rate=120.0), seconds=20.0),
}
SECONDS, JUMPS, STILLS = 4.0, 100, 10

FRAMES = """(seconds) => new Promise((done) => {
    const stamps = [];
    const frame = (now) => {
        stamps.push(now);
        if (now - stamps[0] < seconds * 1000) requestAnimationFrame(frame); else done(stamps);
    };
    requestAnimationFrame(frame);
})"""
JUMP = """(moments) => moments.map((at) => {
    const begun = performance.now();
    models[0].set("at", at);
    return performance.now() - begun;
})"""


def frames_per_second(page: Any, seconds: float = SECONDS) -> float:
    """How many frames the page paints in a second, whatever it is doing."""
    stamps = page.evaluate(FRAMES, seconds)
    return float(1000 * (len(stamps) - 1) / (stamps[-1] - stamps[0]))


def measure(page: Any, run: Run) -> dict[str, float]:
    """Frames a second at rest and while playing, and milliseconds of a jump in the browser and of a still by Python."""
    widget = player(run, start=0.5)
    page.set_content(page_of(widget))
    page.locator(".chansim-player .spot").first.wait_for()
    found = {"events": float(widget.window["own"]), "at rest": frames_per_second(page)}
    for name, speed in (("playing", None), ("at real time", "1 s")):
        page.evaluate("models[0].set('at', 0.5)")
        if speed:
            page.get_by_label("1 s of this is").select_option(label=speed)
        page.get_by_role("button", name="Play", exact=True).click()
        found[name] = frames_per_second(
            page, min(SECONDS, (widget.window["until"] - 0.5) if speed else SECONDS)
        )
        if page.get_by_role("button", name="Pause").count():
            page.get_by_role("button", name="Pause").click()
    draw = random.Random(1)
    moments = [draw.uniform(widget.window["since"], widget.window["until"]) for _ in range(JUMPS)]
    found["jump ms"] = statistics.median(page.evaluate(JUMP, moments))
    stills = []
    for at in moments[:STILLS]:
        begun = time.perf_counter()
        moment(run, at)
        stills.append(1000 * (time.perf_counter() - begun))
    found["still ms"] = statistics.median(stills)
    return found


def main() -> None:
    """Measure, and print a table."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            raise SystemExit("there is no Chromium here to measure")
        browser = start_chromium(playwright, executable)
        page = browser.new_page(viewport={"width": 900, "height": 900})
        print(f"{'':40} events  rest  playing  real time   jump ms  still ms  ratio")
        for name, make in RUNS.items():
            found = measure(page, make())
            print(
                f"{name:40} {found['events']:6.0f} {found['at rest']:5.1f} {found['playing']:8.1f} "
                f"{found['at real time']:10.1f} {found['jump ms']:9.2f} {found['still ms']:9.1f} "
                f"{found['still ms'] / found['jump ms']:6.1f}"
            )
        browser.close()


if __name__ == "__main__":
    main()
