"""Two frameworks for lesson 04, and what stands in for them where they are not installed."""

import subprocess
import sys

import pytest

from chansim.channels.wsgi import call_wsgi
from chansim.course.lessons import lesson_04
from chansim.model.world import http_request

BOTH = """
from chansim.channels.wsgi import call_wsgi
from chansim.course.lessons.lesson_04 import wsgi_sites
from chansim.model.world import http_request

def page(request, name):
    from django.http import HttpResponse
    return HttpResponse(f"Django: {name}")

for site, path in zip(wsgi_sites(page, lambda name: f"Flask: {name}"), ("/django/ann/", "/flask/bob/")):
    print(call_wsgi(site, http_request(path))["content"].decode())
"""


def test_both_frameworks_answer_with_the_views_that_were_given() -> None:
    """In a process of its own: Django is set up once in each, and other tests do it in another way."""
    done = subprocess.run([sys.executable, "-c", BOTH], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["Django: ann", "Flask: bob"]


def test_without_a_framework_plain_functions_answer_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def not_there(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(lesson_04, "import_module", not_there)
    for site, name in zip(lesson_04.wsgi_sites(print, print), ("ann", "bob"), strict=True):
        answer = call_wsgi(site, http_request(f"/anywhere/{name}/"))
        assert answer["content"].decode() == f"WSGI says hello to {name}"
    assert "is not installed here" in capsys.readouterr().out
