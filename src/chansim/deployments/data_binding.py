"""Data binding: members who each hold a slider, and an editor who changes the same value in the admin."""

from __future__ import annotations

from chansim.applications import data_binding as application
from chansim.deployments.parts import arrival_law, law, one_machine
from chansim.duration import Duration
from chansim.layer.eras import JUNE_2016
from chansim.model.chatters import Chatters
from chansim.model.client import Clients
from chansim.model.network import Network
from chansim.scenario import Scenario


def data_binding(
    *,
    members: int = 10,
    rate: float = 0.1,
    edits: float = 0.1,
    service: float | Duration = 0.005,
    per_member: float = 0.0002,
    workers: int = 3,
    capacity: int = JUNE_2016.shared_capacity,
    cores: int = 4,
    stay: float | Duration = 0.0,
    network: Network = Network(),
    seconds: float | None = 60.0,
) -> Scenario:
    """*members* who move the slider *rate* times a second each, and an editor who saves *edits* a second.

    The rest is as on slide 24.
    """
    return Scenario(
        "Data binding",
        (
            Chatters(
                name="chatters",
                server="daphne",
                members=members,
                rate=rate,
                stay=law("data_binding", "stay", stay),
                path="/binding/",
                says=application.moves,
            ),
            Clients(
                name="editor",
                server="daphne",
                arrivals=arrival_law("data_binding", edits, None),
                path="/admin/values/",
                method="POST",
                body=b"pk=1&value=50",
            ),
            *one_machine(
                "data_binding",
                application.channel_routing,
                service=service,
                per_member=per_member,
                workers=workers,
                capacity=capacity,
                cores=cores,
                wsgi=application.admin,
            ),
        ),
        network,
        seconds,
    )
