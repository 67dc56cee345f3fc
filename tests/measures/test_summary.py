import math
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from chansim import deployments, simulate
from chansim.summary import Summary, figures, side_by_side, summary
from measures.written import CHANNELS, CHAT, FULL, NOTHING, POOL

KEYS = [
    "requests", "served", "failed", "waiting", "lost", "deliveries",
    "mean", "p50", "p95", "p99", "throughput", "utilisation", "seconds",
]  # fmt: skip


def box(name, role, *lanes):
    return SimpleNamespace(name=name, role=role, lanes=lambda: lanes or (name,))


def run_of(trace, *boxes, title="A run"):
    return SimpleNamespace(trace=trace, scenario=SimpleNamespace(title=title, components=boxes))


CHANNELS_RUN = run_of(
    CHANNELS, box("clients", "client"), box("daphne", "interface"), box("worker-1", "worker")
)
POOL_RUN = run_of(POOL, box("clients", "client"), box("gunicorn", "server", "gunicorn/1", "gunicorn/2"))
FULL_RUN = run_of(FULL, box("clients", "client"))
NO_RUN = run_of(NOTHING, box("clients", "client"), box("worker-1", "worker"))


def test_the_keys_in_order():
    assert list(summary(CHANNELS_RUN)) == KEYS


def test_the_numbers_of_one_request_through_channels():
    found = summary(CHANNELS_RUN)
    assert dict(found) == {
        "requests": 1, "served": 1, "failed": {}, "waiting": 0, "lost": {}, "deliveries": 1,
        "mean": 6.0, "p50": 6.0, "p95": 6.0, "p99": 6.0,
        "throughput": 0.1, "utilisation": 0.25, "seconds": 10.0,
    }  # fmt: skip


def test_failures_and_losses_by_cause():
    found = summary(FULL_RUN)
    assert (found["requests"], found["served"], found["waiting"]) == (2, 0, 1)
    assert found["failed"] == {"full": 1}
    assert found["lost"] == {"full": 1}


def test_without_workers_the_servers_count_each_lane():
    assert summary(POOL_RUN)["utilisation"] == 0.1


def test_a_broadcast_has_more_deliveries_than_requests():
    found = summary(run_of(CHAT, box("chatters", "client")))
    assert (found["requests"], found["deliveries"]) == (1, 2)


def test_no_data_is_not_a_number_and_counts_are_0():
    found = summary(NO_RUN)
    assert all(math.isnan(found[key]) for key in KEYS[6:12])
    assert [found[key] for key in ("requests", "served", "failed", "waiting")] == [0, 0, {}, 0]
    assert math.isnan(summary(FULL_RUN)["utilisation"])


def test_a_key_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(KeyError, match=r"'p90'.*p95"):
        summary(CHANNELS_RUN)["p90"]


def test_the_table_as_text():
    assert repr(summary(FULL_RUN)) == "\n".join([
        "requests      2",
        "served        0",
        "failed        1",
        "  full        1",
        "waiting       1",
        "lost          1",
        "  full        1",
        "deliveries    0",
        "mean          – ms",
        "p50           – ms",
        "p95           – ms",
        "p99           – ms",
        "throughput    0 /s",
        "utilisation   – %",
        "seconds      10 s",
    ])  # fmt: skip


def test_milliseconds_and_percent_are_for_reading_only():
    text = repr(summary(CHANNELS_RUN))
    assert re.search(r"^p99 +6000 ms$", text, re.M)
    assert re.search(r"^utilisation +25\.0 %$", text, re.M)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1.0, "1.00"), (12.3456, "12.3"), (999.6, "1000"), (12345.6, "12300"),
        (0.00123456, "0.00123"), (9.999, "10.0"), (math.nan, "–"), (math.inf, "inf"), (-0.5, "-0.500"),
    ],
)  # fmt: skip
def test_three_significant_digits(value, text):
    assert figures(value) == text


def test_side_by_side_has_a_column_each_and_every_cause_of_any():
    lines = repr(
        side_by_side(summary(CHANNELS_RUN), summary(FULL_RUN), labels=["good", "full up"])
    ).splitlines()
    assert lines[0].split("  ")[-2:] == ["good", "full up"]
    assert lines[3].split() == ["failed", "0", "1"]
    assert lines[4].split() == ["full", "0", "1"]
    assert lines[-1].split() == ["seconds", "10", "10", "s"]


def test_columns_without_labels_are_numbered():
    assert repr(side_by_side(summary(FULL_RUN), summary(FULL_RUN))).splitlines()[0].split() == ["1", "2"]


def test_no_line_is_wider_than_a_terminal_and_no_column_is_dropped():
    labels = [f"a rather long label, number {number}" for number in range(9)]
    text = repr(side_by_side(*[summary(CHANNELS_RUN)] * 9, labels=labels))
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("a rather long label…") == 9
    assert (
        len(re.findall("6000", re.search(r"^p99.*$", text, re.M)[0])) * len(re.findall("^p99", text, re.M))
        == 9
    )


def test_labels_are_one_for_each():
    with pytest.raises(ValueError, match="2 summaries have 1 labels: only"):
        side_by_side(summary(FULL_RUN), summary(FULL_RUN), labels=["only"])


def test_nothing_side_by_side_is_an_empty_table():
    assert repr(side_by_side()) == ""
    assert "<tbody></tbody>" in side_by_side()._repr_html_()


class Cells(HTMLParser):
    """The texts of a table's elements."""

    def __init__(self, html):
        super().__init__()
        self.found, self.open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.open.append((tag, dict(attrs).get("scope")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.found.append((*self.open[-1], data))


def test_the_table_as_html_has_a_caption_and_headings():
    cells = Cells(summary(run_of(FULL, box("clients", "client"), title="a < b"))._repr_html_())
    assert cells.open == []
    assert cells.found[0] == ("caption", None, "a < b")
    assert [text for tag, scope, text in cells.found if scope == "row"][2:4] == ["failed", "of these, full"]


def test_side_by_side_as_html_has_a_heading_for_each_column():
    html = side_by_side(summary(CHANNELS_RUN), summary(FULL_RUN), labels=["<good>", "bad"])._repr_html_()
    heads = [text for tag, scope, text in Cells(html).found if scope == "col"]
    assert heads == ["measure", "<good>", "bad", "unit"]


def test_a_run_summarises_itself():
    run = simulate(deployments.slide16(rate=20.0, service=0.05, workers=2), seed=1, seconds=10)
    found = run.summary()
    assert isinstance(found, Summary)
    assert found["requests"] == found["served"] + sum(found["failed"].values()) + found["waiting"] > 100
    assert found["seconds"] == 10.0
    assert 0.2 < found["utilisation"] < 0.8
    assert found["p50"] <= found["p95"] <= found["p99"]
