"""A trace that a project wrote, as a Run."""

from __future__ import annotations

from pathlib import Path

from chansim.model.application import Application
from chansim.model.channel_layer import ChannelLayer
from chansim.model.machine import Machine
from chansim.model.worker import Worker
from chansim.run import Run
from chansim.scenario import Scenario
from chansim.trace import Trace

CONSUMERS, LAYER = "consumers", "layer"
"""What the project's code, and its layer, are called in the trace."""


def run_of(path: str | Path) -> Run:
    """The Run of a trace that TracedLayer wrote. Raises TraceFileError for any other file."""
    trace = Trace.load(path)
    scenario = Scenario(
        "A project of Channels 4",
        (
            Machine(name="project"),
            Application(name="site"),
            ChannelLayer(name=LAYER, machine="project"),
            Worker(name=CONSUMERS, machine="project", layer=LAYER, application="site"),
        ),
        seconds=max(trace.end, 0.001),
    )
    return Run(scenario, trace, "executed", 1, ())
