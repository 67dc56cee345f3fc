"""Steps: the numbered list beside a space-time diagram.

What may live here: messages alike taken together, and a line of words for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from chansim.views.hops import Hop


@dataclass(frozen=True)
class Step:
    """Messages of one request that go the same way one after the other, and the *number* that marks them."""

    number: int
    hops: tuple[Hop, ...]

    @property
    def words(self) -> str:
        """ "daphne → http.request → worker-1: waited 3.2 ms"."""
        one = self.hops[0]
        way = " → ".join(part for part in (one.sender, one.queue, one.receiver) if part)
        copies = f"{len(self.hops)} × " if len(self.hops) > 1 else ""
        return f"{copies}{way}: {self._fate()}"

    def _fate(self) -> str:
        one = self.hops[0]
        if one.lost is not None:
            return f"lost, {one.cause}"
        if one.received is None:
            return "still waiting at the end" if one.queue else "still on its way at the end"
        times = [hop.received - hop.sent for hop in self.hops if hop.received is not None]
        low, high = ms(min(times)), ms(max(times))
        what = f"“{one.kind}”, " if one.kind else ""
        return (
            what
            + ("waited " if one.queue else "took ")
            + (low if low == high else f"{low} to {high}")
            + " ms"
        )


def ms(seconds: float) -> str:
    """Seconds as milliseconds: "3.2"."""
    value = seconds * 1000
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"


def steps(hops: Sequence[Hop]) -> list[Step]:
    """*hops* of any requests, in the order sent, as numbered steps."""
    found: list[tuple[Hop, ...]] = []
    for request in dict.fromkeys(hop.request for hop in hops):
        mine = (hop for hop in hops if hop.request == request)
        found += [tuple(same) for _, same in groupby(mine, key=_kind)]
    found.sort(key=lambda same: same[0].sent)
    return [Step(number, same) for number, same in enumerate(found, start=1)]


def _kind(hop: Hop) -> tuple[str, str, str, str, bool]:
    return hop.sender, hop.queue, hop.receiver, hop.cause, hop.received is None
