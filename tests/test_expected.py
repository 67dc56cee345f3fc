"""What is said before anything is run agrees with the formulas, and with a run."""

import math

import pytest

from chansim import deployments, simulate
from chansim.channels import costs, route, sleep
from chansim.channels.sessions import channel_session
from chansim.duration import Constant, LogNormal
from chansim.expected import expected, offered
from chansim.model.arrivals import Regular
from chansim.theory import MMc


def told(scenario):
    return {figure.label: figure for figure in expected(scenario)}


def test_the_wait_is_erlangs():
    queue = MMc(50.0, 0.05, 3)
    figures = told(deployments.slide16())
    assert figures["ρ workers"].value == f"{queue.utilisation:.2f}"
    assert figures["wait"].value == f"{1000 * queue.mean_wait:.0f} ms"
    assert "ρ = 50 a second × 50 ms / 3 workers = 0.83: stable" in figures["ρ workers"].words


def test_too_much_is_said_in_words():
    figures = told(deployments.slide16(workers=2))
    assert figures["ρ workers"].value == "1.25 unstable"
    assert figures["ρ workers"].bad
    assert figures["wait"].value == "grows"


def test_at_exactly_its_capacity_a_queue_does_not_settle():
    assert "unstable" in told(deployments.slide07(rate=60, service=0.05, workers=3))["ρ workers"].value


def test_nobody_to_work_is_said():
    assert told(deployments.daphne_no_workers())["Workers"].value == "none"


def test_the_chat_costs_by_member():
    figures = told(deployments.slide24(members=10, rate=2.0, workers=2))
    assert "ρ = 20 a second × 7 ms / 2 workers = 0.07" in figures["ρ workers"].words


@costs(io=0.2)
def says_what_it_takes(message):
    message.reply_channel.send({"text": "done"})


@channel_session
def sleeps_a_while(message):
    sleep(0.2)
    message.reply_channel.send({"text": "done"})


@costs(io=0.2)
def page(message):
    message.reply_channel.send({"status": 200, "headers": [], "content": b"done"})


def chat_with(consumer):
    return deployments.slide24(
        members=4, rate=0.5, workers=2, routing=(route("websocket.receive", consumer),)
    )


def test_what_a_consumer_declares_is_what_it_costs():
    """2 lines a second of 200 ms, and 2 workers; and 10 pages a second of them, and 4."""
    figures = told(chat_with(says_what_it_takes))
    assert "ρ = 2 a second × 200 ms / 2 workers = 0.20" in figures["ρ workers"].words
    site = deployments.slide16(rate=10.0, workers=4)
    site = site.change("site", routing=(route("http.request", page),))
    assert "ρ = 10 a second × 200 ms / 4 workers = 0.50" in told(site)["ρ workers"].words


def test_of_a_consumer_that_sleeps_there_is_no_closed_form():
    (figure,) = expected(chat_with(sleeps_a_while))
    assert figure.words == "No closed form: sleeps_a_while sleeps. Only a run can tell."


@pytest.mark.parametrize(
    "scenario",
    [
        deployments.slide07(rate=40.0),
        deployments.slide16(rate=40.0),
        deployments.slide24(rate=2.0, members=20),
        deployments.slide29(rate=80.0),
        deployments.slide31(rate=80.0, workers=2),
        deployments.slide30_isolated(rate=1.0),
    ],
    ids=lambda scenario: scenario.title,
)
def test_a_run_is_as_busy_as_foretold(scenario):
    """The load is an average of at least 1,600 services: a tenth is far beyond its error."""
    busy = simulate(scenario, seconds=80).summary()["utilisation"]
    (share,) = [float(f.value) for f in expected(scenario) if f.label.startswith("ρ workers")]
    assert busy == pytest.approx(share, rel=0.1, abs=0.005)


def test_a_layer_that_takes_time_has_a_load_of_its_own():
    scenario = deployments.slide29(rate=100.0, operation=0.002)
    assert told(scenario)["ρ layer"].value == "0.80"
    assert "unstable" in told(scenario.change("layer", operation=0.003))["ρ layer"].value


def test_machines_with_different_crews_are_told_apart():
    figures = told(deployments.slide31(machines=2, workers=(1, 3)))
    assert figures["ρ workers of layer-1"].bad
    assert not figures["ρ workers of layer-2"].bad


def test_where_there_is_no_formula_it_says_why():
    (figure,) = expected(deployments.slide14())
    assert "pollers hold connections" in figure.words
    assert math.isnan(offered(deployments.slide14()))


def test_faults_are_not_in_it_and_it_says_so():
    assert told(deployments.slide16().kill("worker-1"))["faults"].value == "not counted"


@pytest.mark.parametrize(
    ("scenario", "law"),
    [
        (deployments.slide07(rate=16.0, workers=1, service=Constant(0.05)), "Pollaczek and Khinchine"),
        (deployments.slide07(rate=12.0, workers=1, service=LogNormal(0.05, 0.8)), "Pollaczek and Khinchine"),
        (deployments.slide07(rate=50.0, workers=3, service=Constant(0.05)), "Allen and Cunneen"),
        (deployments.slide07(rate=50.0, workers=3, service=LogNormal(0.05, 0.8)), "Allen and Cunneen"),
        (deployments.slide07(workers=3, arrivals=Regular(50.0)), "Allen and Cunneen"),
    ],
    ids=["M/D/1", "M/G/1", "M/D/c", "M/G/c", "D/M/c"],
)
def test_the_wait_is_that_of_the_laws_which_times_and_arrivals_follow(scenario, law):
    """Allen and Cunneen is an approximation, some 15 % off at worst; the run has 50,000 requests."""
    wait = told(scenario)["wait"]
    assert law in wait.words
    seconds = simulate(scenario, seconds=1000).summary()["mean"] - 0.05
    foretold = float(wait.value.removeprefix("about ").removesuffix(" ms")) / 1000
    assert foretold == pytest.approx(seconds, rel=0.2)


def test_where_several_come_at_once_there_is_no_formula_for_the_wait():
    figures = told(deployments.slide08())
    assert figures["wait"].value == "no formula"
    assert figures["ρ workers"].value[0] == "0"
