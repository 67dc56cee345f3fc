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

Run the project as ever; ``run_of("project-4711.trace")`` is a Run for chansim's views. A layer sees channels, groups,
and how long each consumer had a message in hand: topology, gantt, channel_heatmap, delivery_matrix. It sees no
clients. For those, and so for space_time, waterfall, ecdf and the like, wrap the whole application, in ``asgi.py``:

    application = TracedApplication(ProtocolTypeRouter({...}))
"""

from __future__ import annotations

from chansim.contrib.channels4.recording import run_of
from chansim.contrib.channels4.traced_application import TracedApplication
from chansim.contrib.channels4.traced_layer import TracedLayer

__all__ = ["TracedApplication", "TracedLayer", "run_of"]
