"""What holds for every test."""

from zlib import crc32

import pytest
from hypothesis import settings

LONG = (
    "tests/browser/",
    "tests/course/",
    "tests/export/",
    "tests/live/",
    "tests/views/",
    "tests/widgets/",
    "tests/test_lessons.py",
    "tests/test_notebooks.py",
)
"""Where the long files are. They begin, so that at the end no process is left alone with one."""

# how long an example takes says nothing: the machine may be busy
settings.register_profile("chansim", deadline=None)
settings.load_profile("chansim")

# their failing assertions are to be told in full, though they are in no test file
pytest.register_assert_rewrite("conformance", "model.tiny")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of the files: without rhyme, for those of one folder are alike. What waits for a server or a
    browser and what computes are to run side by side."""

    def place(item: pytest.Item) -> tuple[bool, int]:
        file = item.nodeid.split("::")[0]
        return not file.startswith(LONG), crc32(file.encode())

    items.sort(key=place)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write anew what tests keep: the traces' digests, and the tables in docs that are computed",
    )
