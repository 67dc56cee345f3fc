"""Selection: what somebody has picked out of a run, to be seen in every view of it.

What may live here: the picked thing itself, the same for every view and widget. What of a run belongs to it
is found in :mod:`chansim.views.chosen`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Selection:
    """A *message* or a *request*, by its number in the trace, a *component* or a *channel*, by its name.

    ``None`` is not selected. Of several that are given, all must fit: ``Selection(request=7,
    component="worker-1")`` is what worker-1 did for request 7. A component may be a lane of one,
    ``"gunicorn/2"``; a channel may stand for all that one process alone reads, ``"http.response!*"``.

    In a picture of ours what can be picked is marked by ``data-message``, ``data-request``,
    ``data-component`` and ``data-channel``, with these very values.

    Raises TypeError for a number that is none and a name that is no text, ValueError for a number below 1.
    """

    message: int | None = None
    request: int | None = None
    component: str | None = None
    channel: str | None = None

    def __post_init__(self) -> None:
        for name in ("message", "request"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise TypeError(f"selection: {name}={value!r}: it must be a whole number, or None")
            if value is not None and value < 1:
                raise ValueError(f"selection: {name}={value!r}: it must be 1 or more, or None")
        for name in ("component", "channel"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise TypeError(f"selection: {name}={value!r}: it must be a name, or None")

    def __bool__(self) -> bool:
        """Whether anything is selected."""
        return any(getattr(self, each.name) is not None for each in fields(self))

    def __str__(self) -> str:
        """ "request 7, component worker-1"; "nothing"."""
        given = ((each.name, getattr(self, each.name)) for each in fields(self))
        return ", ".join(f"{name} {value}" for name, value in given if value is not None) or "nothing"
