"""The simulated nouns: what each is, how it behaves, and how it is drawn.

A file has one, and is where to read of it. To write one, ``from chansim import model`` gives them all:
``model.Worker(...)``, ``model.Poisson(rate=50.0)``.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """The type *name*, out of the file that defines it. Files are loaded when somebody asks."""
    if name[:1].isupper():
        from importlib import import_module
        from pkgutil import iter_modules

        for found in iter_modules(__path__):
            module = import_module(f"{__name__}.{found.name}")
            thing = vars(module).get(name)
            if isinstance(thing, type) and thing.__module__ == module.__name__:
                return thing
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
