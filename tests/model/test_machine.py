"""A machine: its cores are shared by the processes placed on it, first come first served."""

from chansim import simulate
from model.tiny import answers, channels_world, consumed, seen, site, wsgi_world


def test_two_workers_on_one_core_compute_one_after_the_other() -> None:
    assert answers(wsgi_world(0.0, 0.1, workers=2, cpu=0.3, cores=1)) == [(0.3, 1, "200"), (0.6, 2, "200")]


def test_on_two_cores_they_compute_at_once() -> None:
    assert answers(wsgi_world(0.0, 0.1, workers=2, cpu=0.3, cores=2)) == [(0.3, 1, "200"), (0.4, 2, "200")]


def test_cores_are_given_first_come_first_served() -> None:
    """Five requests, five workers, two cores: as one queue with two servers."""
    moments = (0.0, 0.1, 0.2, 0.3, 0.4)
    ended = [moment for moment, *_ in answers(wsgi_world(*moments, workers=5, cpu=0.3, cores=2))]
    assert ended == [0.3, 0.4, 0.6, 0.7, 0.9]


def test_who_waits_for_a_database_takes_no_core() -> None:
    assert answers(wsgi_world(0.0, 0.1, workers=2, io=0.3, cores=1)) == [(0.3, 1, "200"), (0.4, 2, "200")]


def test_a_view_computes_and_then_waits() -> None:
    """The core is free again at 0.2 s, while the first view waits until 0.7 s."""
    world = wsgi_world(0.0, 0.1, workers=2, cpu=0.2, io=0.5, cores=1)
    assert answers(world) == [(0.7, 1, "200"), (0.9, 2, "200")]


def test_a_machine_with_as_many_cores_as_processes_makes_nobody_wait() -> None:
    moments = (0.0, 0.0, 0.0)
    assert [t for t, *_ in answers(wsgi_world(*moments, workers=3, cpu=0.3, cores=3))] == [0.3, 0.3, 0.3]


def test_interface_server_and_worker_share_a_core() -> None:
    """Daphne needs 0.1 s a message, the view 0.5 s. What comes at 0.2 s
    waits for the core until the view is done."""
    server = {"cpu": 0.1, "poll": 60.0, "idle_poll": 60.0}  # replies do not matter here
    world = channels_world(0.0, 0.2, application=site(cpu=0.5), server=server, cores=1)
    assert [bar[:2] for bar in consumed(simulate(world))] == [(0.1, 0.6), (0.7, 1.2)]


def test_the_layer_computes_on_its_machine_too() -> None:
    """One core: the layer's 0.2 s for the send can only begin when
    the first worker's view leaves the core."""
    world = channels_world(1.0, 1.1, workers=1, application=site(cpu=1.0), operation=0.2, cores=1)
    assert seen(world, "t", event="received", channel="http.request")[0] == (1.2,)
    assert seen(world, "t", event="begun", channel="http.request")[0] == (1.2,)
