"""Background: a scenario executed while you do something else, and looked at meanwhile."""

from __future__ import annotations

import threading

from chansim.live.engine import World
from chansim.live.growing import Growing
from chansim.run import Run
from chansim.scenario import Scenario, check_run


class Begun(Growing):
    """What :func:`start` gives: the run so far, which becomes a run like any other when it is over."""

    def __init__(self, world: World, seconds: float | None) -> None:
        super().__init__(
            world.scenario, world.recorder, lambda: world.now, world.stop.set, threading.Event(), world.seed
        )
        self._run: Run | None = None
        self._error: BaseException | None = None
        world.start(seconds)
        # a daemon, as the run's own threads are: a kernel that is shut down does not wait for it
        threading.Thread(
            target=self._see_out, args=(world, seconds), name="chansim background", daemon=True
        ).start()

    def _see_out(self, world: World, seconds: float | None) -> None:
        try:
            self._run = world.see_out(seconds)
        except BaseException as error:
            self._error = error
        finally:
            self.ended.set()

    def run(self, patience: float | None = None) -> Run:
        """The finished run; waits for its end. Raises TimeoutError where it is not over in *patience* seconds."""
        if not self.ended.wait(patience):
            raise TimeoutError(f"the run is not over after {patience:g} s more; stop() ends it")
        if self._error is not None:
            raise self._error
        assert self._run is not None
        return self._run

    def __repr__(self) -> str:
        state = "still running" if self.running else "over"
        return f"<{self.scenario.title}, executed in the background: {state} at {self.clock():.3g} s>"


def start(scenario: Scenario, seconds: float | None = None, seed: int = 1) -> Begun:
    """Execute *scenario* as :func:`chansim.execute` does, in the background, and return at once.

    ``begun.trace`` is what has happened so far, ``begun.running`` whether more will, ``begun.stop()`` ends it
    early, and ``begun.run()`` waits for its end and gives the Run; a program that ends without does not wait.
    Raises ScenarioError as execute does.
    """
    seconds = check_run("execute", scenario, seed, seconds)
    return Begun(World(scenario, seed), seconds)
