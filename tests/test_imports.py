"""What is loaded when: the first cell of a notebook starts at once,
and the core runs where NumPy cannot be had."""

import subprocess
import sys

HEAVY = ("numpy", "matplotlib", "networkx", "pandas", "ipywidgets", "anywidget", "IPython", "scipy")

CODE = """
import sys
{body}
print(sorted({{name.partition(".")[0] for name in sys.modules}} & set({heavy!r})))
"""


def loaded_by(body: str) -> str:
    """Which heavy modules a fresh Python has loaded after *body*."""
    code = CODE.format(body=body, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_importing_chansim_loads_nothing_heavy() -> None:
    assert loaded_by("import chansim") == "[]"


def test_importing_chansim_loads_neither_servers_nor_processes() -> None:
    code = (
        "import sys, chansim; print(sorted({'asyncio', 'multiprocessing', 'http', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_whole_simulation_with_summary_and_topology_loads_nothing_heavy() -> None:
    body = """
from chansim import deployments, simulate
for deployment in (deployments.slide07, deployments.slide16, deployments.slide24):
    run = simulate(deployment(seconds=2.0))
    str(run), repr(run.summary()), run.summary()._repr_html_(), run.trace.digest()
    assert "<svg" in run.scenario.picture().svg
    assert run.scenario._repr_mimebundle_()["image/svg+xml"]
"""
    assert loaded_by(body) == "[]"


def test_an_executed_run_loads_nothing_heavy() -> None:
    body = """
from chansim import deployments, execute
for deployment in (deployments.slide07, deployments.slide16, deployments.slide24):
    str(execute(deployment(), seconds=0.1))
"""
    assert loaded_by(body) == "[]"


def test_every_public_name_is_there() -> None:
    body = """
import chansim
from chansim.channels import Channel, Group, Message, route, include, costs, view_as_consumer
from chansim.live.memory import InMemoryLayer
assert [name for name in chansim.__all__ if not hasattr(chansim, name)] == []
assert {"Scenario", "Run", "Trace", "simulate", "execute", "deployments", "theory"} <= set(chansim.__all__)
"""
    assert loaded_by(body) == "[]"
