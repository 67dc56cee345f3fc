"""What docs/applications.md says is true: its lines run, and take as many messages as it says."""

import re
from collections import Counter
from pathlib import Path

import pytest

from chansim import Run, applications, deployments, simulate

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "applications.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| .* \| `(.+)` \| `(.+)` \|$", PAGE, re.MULTILINE)


def most_messages(run: Run) -> int:
    """Of all that clients asked for, and of all events, the most that one of them took."""
    clients = [each.name for each in run.scenario if each.role == "client"]
    asked = {
        row.request
        for row in run.trace.rows(event="sent")
        if (row.component in clients and row.detail in ("frame", "request")) or row.channel == "event"
    }
    return max(
        Counter(
            row.request for row in run.trace.rows(event="sent", detail="") if row.request in asked
        ).values()
    )


@pytest.mark.parametrize(("name", "messages", "line"), ROWS, ids=[row[0] for row in ROWS])
def test_each_line_takes_as_many_messages_as_the_page_says(name: str, messages: str, line: str) -> None:
    assert hasattr(applications, name)
    scenario = eval(line, {"deployments": deployments, "applications": applications})
    assert most_messages(simulate(scenario)) == eval(messages, {"N": 4})


def test_every_application_is_on_the_page() -> None:
    files = {path.stem for path in Path(applications.__file__).parent.glob("*.py")} - {"__init__"}
    assert {name for name, _, _ in ROWS} == files


@pytest.mark.parametrize("snippet", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_each_snippet_runs(snippet: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(snippet, "applications.md", "exec"), {})
    assert "deliveries" in capsys.readouterr().out


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", PAGE))
def test_each_link_leads_somewhere(target: str) -> None:
    assert (DOCS / target).exists()
