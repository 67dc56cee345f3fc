"""Views: a scenario or a run, to a picture with its words.

Each view is one file with one function, which returns a
:class:`chansim.figure.Figure`. Drawings of structure and time are written by
:mod:`chansim.svg` and need the standard library only; charts load matplotlib
when they are called. Importing this package loads no other library.
"""

from __future__ import annotations

from chansim.views.channel_heatmap import channel_heatmap
from chansim.views.comparison import comparison
from chansim.views.delivery_matrix import delivery_matrix
from chansim.views.difference import difference
from chansim.views.ecdf import ecdf
from chansim.views.gantt import gantt
from chansim.views.hockey_stick import hockey_stick
from chansim.views.latency_over_time import latency_over_time
from chansim.views.moment import moment
from chansim.views.residuals import residuals
from chansim.views.separated import Separation, separated, single_points
from chansim.views.space_time import space_time
from chansim.views.tail import tail
from chansim.views.topology import topology
from chansim.views.waterfall import waterfall

__all__ = [
    "topology", "separated", "single_points", "Separation",
    "space_time", "waterfall", "gantt", "channel_heatmap", "delivery_matrix",
    "ecdf", "tail", "latency_over_time", "hockey_stick", "difference", "comparison", "residuals", "moment",
]  # fmt: skip
