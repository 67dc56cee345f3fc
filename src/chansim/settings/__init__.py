"""Settings: a ``CHANNEL_LAYERS`` dict of 2016, read: what it would build, and what of it cannot work.

:func:`explain` says it in words, :func:`scenario_of` builds it (so does
``Scenario.from_settings``). Nothing is imported because settings say so: a
routing that is named is looked up among those that chansim ships and those that
are given.
"""

from chansim.settings.backends import BACKENDS, Backend
from chansim.settings.deployment import Reading, explain, read, scenario_of
from chansim.settings.entry import SHIPPED

__all__ = ["BACKENDS", "SHIPPED", "Backend", "Reading", "explain", "read", "scenario_of"]
