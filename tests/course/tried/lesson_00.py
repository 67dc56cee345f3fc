"""Start here, tried: see lesson_01.py for what stands in such a file."""

from chansim import deployments, execute, simulate
from chansim.deployments import slide16

CHAT = deployments.slide24(members=3, rate=2.0)

RIGHT = {"00-chat": [lambda: simulate(CHAT, seed=1, seconds=2), lambda: execute(CHAT, seed=1, seconds=2)]}
WRONG = {
    "00-chat": {
        None: "a run is asked for",
        "✓": "a run is asked for",
        (lambda: simulate(CHAT, seed=1, seconds=0.001)): "let the run last longer",
    }
}
GIVEN: list[str] = []


def computed() -> list[str]:
    poll = slide16()["daphne"].poll
    return [f"which Daphne took every {1000 * poll:.0f} ms"]
