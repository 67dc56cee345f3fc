"""Two frameworks for lesson 04, and what stands in for them where they are not installed."""

import pytest

from chansim.channels.wsgi import call_wsgi
from chansim.course.lessons import lesson_04
from chansim.model.world import http_request


def page(request, name):
    from django.http import HttpResponse

    return HttpResponse(f"Django: {name}")


def flask_page(name):
    return f"Flask: {name}"


def answers(sites):
    return [
        call_wsgi(site, http_request(path))["content"].decode()
        for site, path in zip(sites, ("/django/ann/", "/flask/bob/"), strict=True)
    ]


def test_both_frameworks_answer_with_the_views_that_were_given():
    assert answers(lesson_04.wsgi_sites(page, flask_page)) == ["Django: ann", "Flask: bob"]


def test_without_a_framework_plain_functions_answer_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def not_there(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(lesson_04, "import_module", not_there)
    assert answers(lesson_04.wsgi_sites(page, flask_page)) == [
        "WSGI says hello to ann",
        "WSGI says hello to bob",
    ]
    assert "is not installed here" in capsys.readouterr().out
