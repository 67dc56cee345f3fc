"""What holds for every test."""

import pytest
from hypothesis import settings

FIRST = (
    "tests/browser/",
    "tests/live/",
    "tests/export/",
    "tests/widgets/",
    "tests/views/test_every_view.py",
    "tests/course/",
    "tests/test_lessons.py",
    "tests/test_notebooks.py",
)
"""What takes longest begins, so that at the end no process is left alone with it."""

# how long an example takes says nothing: the machine may be busy
settings.register_profile("chansim", deadline=None)
settings.load_profile("chansim")

# their failing assertions are to be told in full, though they are in no test file
pytest.register_assert_rewrite("conformance", "model.tiny")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next(
            (number for number, start in enumerate(FIRST) if item.nodeid.startswith(start)), len(FIRST)
        )

    items.sort(key=place)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write anew what tests keep: the traces' digests, and the tables in docs that are computed",
    )
