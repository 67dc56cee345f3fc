"""Flow: how many messages a second pass along each arrow of a deployment's picture.

What may live here: counting a trace's messages by where they came from and where
they went. Nothing here draws.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chansim.measures.rows import is_plain
from chansim.trace import RECEIVED, SENT
from chansim.views.through import linked

if TYPE_CHECKING:
    from chansim.run import Run

Link = tuple[str, str]


def rates(run: Run) -> dict[Link, float]:
    """Messages per second of *run* from one component to another, both by name.

    Between a component and a channel layer: what it put on channels, and what
    it took from them; nothing where it uses several, for a trace does not say which.
    Within a server: from it to each of its lanes.
    """
    trace = run.trace
    owners = {lane: each.name for each in run.scenario.components for lane in each.lanes()}
    used = {each.name: [to for to in linked(run.scenario, each) if run.scenario[to].role == "layer"]
            for each in run.scenario.components}  # fmt: skip
    layers = {name: layers for name, layers in used.items() if len(layers) == 1}
    names = [owners.get(name, name) for name in trace.names]
    plain = [is_plain(name) for name in trace.names]
    senders: dict[int, int] = {}
    counts: Counter[Link] = Counter()
    for event, who, channel, message in zip(
        trace.event, trace.component, trace.channel, trace.message, strict=True
    ):
        if event == SENT:
            senders[message] = who
            if not plain[channel]:
                counts.update((names[who], layer) for layer in layers.get(names[who], ()))
        elif event == RECEIVED and message in senders:
            sender = senders.pop(message)
            if plain[channel]:
                counts[names[sender], names[who]] += 1
            elif names[sender] == names[who] != trace.names[who]:
                counts[names[sender], trace.names[who]] += 1  # from a server to its own lane
            else:
                counts.update((layer, names[who]) for layer in layers.get(names[who], ()))
    return {link: count / trace.end for link, count in counts.items()} if trace.end > 0 else {}
