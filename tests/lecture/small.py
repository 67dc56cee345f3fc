"""A lecture that is made in a moment, for tests of everything but its content."""

from dataclasses import replace

from chansim import deployments, simulate
from chansim.lecture import Knob, Picture, Scene, Step
from chansim.model.fault import Kill
from chansim.views import gantt


def scene(rate, fault):
    """A quick one."""
    scenario = deployments.slide16(rate=rate)
    kill = (Kill(name="fault", at=1.0, target="worker-1"),) if fault == "killed" else ()
    run = simulate(replace(scenario, components=(*scenario.components, *kill)), seconds=3.0)
    numbers = {"requests": float(run.summary()["requests"])}
    return Scene(
        (gantt(run),), run, numbers, f"At {rate:g} a second, {fault}: {numbers['requests']:.0f} requests", 0.5
    )


def step(**other):
    """A step, of which some things are *other*."""
    about = {
        "minutes": (0, 1),
        "title": "A first step",
        "question": "How many more requests?",
        "options": ("as many", "twice", "four times", "none"),
        "knobs": (Knob("rate", "Rate", (10.0, 20.0, 40.0)), Knob("fault", "Fault", ("no fault", "killed"))),
        "before": {"rate": 10.0, "fault": "no fault"},
        "after": {"rate": 40.0, "fault": "no fault"},
        "beside": {"rate": 20.0, "fault": "no fault"},
        "scene": scene,
        "answer": lambda before, after: 2,
        "line": "{before[requests]:.0f} → {after[requests]:.0f}",
    }
    return Step(**(about | other))


SMALL = (step(), Picture(9, "Slide 9: your picture"), step(title="A second step", minutes=(1, 2)))
