"""DNS: one name with several addresses, so that each client goes to one of several servers."""

from __future__ import annotations

from dataclasses import dataclass

from chansim.model.balancer import Balancer


@dataclass(frozen=True, kw_only=True)
class DNS(Balancer):
    """As a balancer, but it is no machine, and in no picture: clients and servers talk to each other.

    What they say is in the trace as going through it. In its network the way
    from outside to outside, which is none, should take no time: ``("", "", Link(0.0))``.
    """

    role = ""
    placed = False

    @property
    def label(self) -> tuple[str, ...]:
        return ("DNS", self.policy)
