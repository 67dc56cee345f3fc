"""chansim: Django Channels and WSGI on a bench.

One description, two worlds, one trace: a :class:`Scenario` is run in virtual
time by :func:`simulate` and for real by :func:`execute`, and both give a
:class:`Run` with a :class:`Trace`.

To read the code, begin with ``scenario.py``, then the nouns in ``model/``, then
``engine.py``; the rules of the channel layer are in ``layer/``, what application
code is written against in ``channels/``.

Importing this package loads neither NumPy nor matplotlib, networkx or ipywidgets.
"""

from chansim import deployments, theory
from chansim.compare import compare
from chansim.engine import simulate
from chansim.live.engine import execute
from chansim.overlay import load_average, overlay
from chansim.replay import replay
from chansim.run import Run
from chansim.scenario import Scenario, ScenarioError
from chansim.trace import Trace

__version__ = "0.1.0"
__all__ = [
    "Run",
    "Scenario",
    "ScenarioError",
    "Trace",
    "compare",
    "deployments",
    "execute",
    "load_average",
    "overlay",
    "replay",
    "simulate",
    "theory",
]
