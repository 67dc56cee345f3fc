"""Deployments: each picture of the talk as a function that returns a Scenario.

One picture, one file. A function's keyword parameters are its knobs, in the
talk's words; the components check the values.
"""

from chansim.deployments.slide07 import slide07
from chansim.deployments.slide16 import slide16
from chansim.deployments.slide24 import slide24

__all__ = ["slide07", "slide16", "slide24"]
