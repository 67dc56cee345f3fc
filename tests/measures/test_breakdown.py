import pytest

from chansim import deployments, simulate
from chansim.measures import Journey, Part, average, breakdown, journeys, latencies, mean
from measures.written import CHANNELS, CHAT, FULL, NOTHING, POOL, trace_of


def test_the_way_of_one_request_through_channels():
    assert breakdown(CHANNELS, "clients") == [
        Part("clients → daphne: network", 0.5),
        Part("daphne: waiting", 0.5),
        Part("daphne: work", 0.5),
        Part("http.request: in the channel", 1.0),
        Part("worker-1: waiting", 0.0),
        Part("worker-1: work", 2.0),
        Part("http.response!: in the channel", 1.0),
        Part("daphne: waiting (2)", 0.0),
        Part("daphne: work (2)", 0.25),
        Part("daphne → clients: network", 0.25),
    ]


def test_the_way_of_one_request_through_a_wsgi_server():
    assert breakdown(POOL, "clients", words={"gunicorn/2": "gunicorn"}) == [
        Part("clients → gunicorn: network", 0.5),
        Part("gunicorn.accept: in the queue", 0.5),
        Part("gunicorn: waiting", 0.0),
        Part("gunicorn: work", 2.0),
        Part("gunicorn → clients: network", 0.5),
    ]


def test_each_delivery_of_a_broadcast_goes_back_through_its_own_copy():
    first, second = (dict(journey.parts) for journey in journeys(CHAT, "chatters"))
    assert first["websocket.send!: in the channel"] == 1.0
    assert second["websocket.send!: in the channel"] == 1.25
    assert [first["daphne: waiting (2)"], second["daphne: waiting (2)"]] == [0.0, 0.25]
    assert first["worker-1: work"] == second["worker-1: work"] == 1.5


def test_a_request_handed_on_and_a_message_sent_after_the_work_have_parts_too():
    trace = trace_of(
        """
        0  sent      c  -  1  1  request
        1  received  s  -  1  1
        3  sent      s  q  2  1
        3  received  w  q  2  1
        3  begun     w  q  2  1
        4  ended     w  q  2  1
        6  sent      w  -  3  1  200
        6  received  c  -  3  1  200
        """,
        end=7.0,
    )
    parts = dict(breakdown(trace, "c"))
    assert parts["s: handing on"] == 2.0
    assert parts["w: sending"] == 2.0


def test_where_rows_are_missing_the_parts_say_so():
    trace = trace_of(
        "0  sent  c  -  1  1  request\n 3  sent  s  -  2  1  200\n 4  received  c  -  2  1  200", end=5.0
    )
    assert breakdown(trace, "c") == [Part("not traced", 3.0), Part("s → c: network", 1.0)]


def test_an_average_has_the_parts_of_all_in_order_of_the_way():
    straight = Journey(1, 0.0, 4.0, ("in", "out"), (1.0, 3.0))
    longer = Journey(2, 0.0, 6.0, ("in", "detour", "out"), (1.0, 4.0, 1.0))
    assert average([straight, longer]) == [Part("in", 1.0), Part("detour", 2.0), Part("out", 2.0)]


def test_between_takes_the_deliveries_around_a_percentile():
    assert sum(part.seconds for part in breakdown(CHAT, "chatters", between=(0.0, 0.5))) == 4.75
    assert sum(part.seconds for part in breakdown(CHAT, "chatters", between=(0.99, 1.0))) == 5.5
    assert sum(part.seconds for part in breakdown(CHAT, "chatters", between=(1.0, 1.0))) == 5.5
    assert sum(part.seconds for part in breakdown(CHAT, "chatters", between=(0.5, 0.5))) == 5.5


def test_a_run_that_served_nothing_has_no_parts():
    assert breakdown(FULL, "clients") == []
    assert breakdown(NOTHING, "clients") == []
    assert average([]) == []


@pytest.mark.parametrize("between", [(0.9, 0.1), (-0.1, 1.0), (0.0, 99.0)])
def test_between_are_two_shares_in_order(between):
    with pytest.raises(ValueError, match="between="):
        breakdown(CHANNELS, "clients", between=between)


@pytest.mark.parametrize("deployment", [deployments.slide07, deployments.slide16, deployments.slide24])
def test_the_parts_of_a_real_run_add_up_to_its_latencies(deployment):
    run = simulate(deployment(), seed=1, seconds=10)
    clients = [each.name for each in run.scenario.components if each.role == "client"]
    found = journeys(run.trace, clients)
    assert len(found) > 1
    assert [journey.latency for journey in found] == latencies(run.trace, clients)
    assert [sum(journey.seconds) for journey in found] == pytest.approx(
        [journey.latency for journey in found]
    )
    assert min(min(journey.seconds) for journey in found) >= 0.0
    assert sum(part.seconds for part in breakdown(run.trace, clients)) == pytest.approx(
        mean(latencies(run.trace, clients))
    )
