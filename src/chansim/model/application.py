"""Application: the Django code, the same for a WSGI server and for workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from chansim.channels.cost import Costs, costs_of
from chansim.channels.defaults import unrouted
from chansim.channels.routing import Entry, Route, Router, routes_of
from chansim.channels.wsgi import WSGIApplication, view_as_consumer
from chansim.duration import Duration
from chansim.layer.eras import Era
from chansim.model.component import Component, ScenarioError, duration, knob
from chansim.model.world import Behaviour, Processor, Steps, World


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The smallest useful WSGI application: it says hello."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello from WSGI"]


@dataclass(frozen=True, kw_only=True)
class Application(Component):
    """*wsgi*, any PEP 3333 callable, answers HTTP requests; *routing* says which consumers take which messages:
    a list of routes, a dict of a consumer for each channel, or the dotted path of either.

    *cpu*, *io* and *per_member* are what a view or a consumer costs that
    declares no ``@costs`` of its own: seconds on a core, then seconds of
    waiting (for a database), and seconds on a core for each member that its
    group sends reach.
    """

    wsgi: WSGIApplication = hello
    routing: tuple[Entry, ...] = field(default=())
    cpu: Duration = duration(0.0, slider=(0.0, 0.2), doc="seconds on a core per call")
    io: Duration = duration(0.0, slider=(0.0, 0.5), doc="seconds of waiting per call")
    per_member: float = knob(
        0.0, unit="s", low=0.0, slider=(0.0, 0.001), doc="seconds on a core for each member of a group send"
    )

    provides = "application"
    placed = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.wsgi):
            raise self.wrong("wsgi", self.wsgi, "it must be a WSGI callable, f(environ, start_response)")
        try:
            object.__setattr__(self, "routing", routes_of(self.routing, "routing"))
        except ValueError as error:
            raise ScenarioError(f"{self.kind} {self.name!r}: {error}") from None

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or another process needs: the fields; the rest is made again."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def router(self) -> Router:
        """The routing, and after it the view for HTTP requests, as Channels added it; or the views by path."""
        views = getattr(self.wsgi, "routes", None) or [Route("http.request", view_as_consumer(self.wsgi))]
        return Router([*self.routing, *views])

    @property
    def has_views(self) -> bool:
        """Whether it is the path that decides which view answers; see :func:`chansim.channels.by_path`."""
        return hasattr(self.wsgi, "view_at")

    def view_at(self, path: str) -> WSGIApplication:
        """The WSGI callable that answers requests for *path*: the whole of it, or one view."""
        view: WSGIApplication = self.wsgi.view_at(path) if self.has_views else self.wsgi  # type: ignore[attr-defined]
        return view

    def router_of(self, era: Era) -> Router:
        """The routing with all that Channels added to it in *era*."""
        return self._router_for_all_sockets if era.accepts_unrouted else self.router

    @cached_property
    def _router_for_all_sockets(self) -> Router:
        return Router([*self.router.routes, *unrouted])

    @cached_property
    def costs(self) -> Costs:
        """What code costs that declares nothing."""
        return Costs(self.cpu, self.io, self.per_member)

    def costs_of(self, code: object) -> Costs:
        """What *code* costs: as it declares, or else as the application says."""
        return costs_of(code) or self.costs


def spend(world: World, processor: Processor, costs: Costs, request: int, channel: str) -> Steps:
    """With ``yield from``: the time that code called for *request*, with a message of *channel*, takes.

    The draws belong to the request and the channel, so every deployment asks for the same times.
    """
    io = costs.io.quantile(world.draw(request, channel)) if costs.waits else 0.0
    if not costs.computes:
        return (io,) if io else ()
    cpu = costs.cpu.quantile(world.draw(request, channel + " cpu"))
    return compute_and_wait(processor.work(cpu), io) if io else processor.work(cpu)


def compute_and_wait(work: Steps, io: float) -> Behaviour:
    """With ``yield from``: *work* on a processor, then *io* seconds elsewhere."""
    yield from work  # not itertools.chain: who is killed in there has to give the core back
    yield io
