"""Channels 4, today's: a layer for your own Django project that writes down what goes through it.

    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "chansim.contrib.channels4.TracedLayer",
            "CONFIG": {
                "inner": {"BACKEND": "channels.layers.InMemoryChannelLayer"},  # or channels_redis's
                "trace": "project-{pid}.trace",
            },
        },
    }

Run the project as ever; ``run_of("project-4711.trace")`` is a Run for
the views of channels and messages: topology, channel_heatmap, delivery_matrix. Those that begin with a client's request
have nothing to show, for the layer sees no clients.
"""

from __future__ import annotations

from chansim.contrib.channels4.recording import run_of
from chansim.contrib.channels4.traced_layer import TracedLayer

__all__ = ["TracedLayer", "run_of"]
