"""What holds for every test."""

import pytest
from hypothesis import settings

# how long an example takes says nothing: the machine may be busy
settings.register_profile("chansim", deadline=None)
settings.load_profile("chansim")

# their failing assertions are to be told in full, though they are in no test file
pytest.register_assert_rewrite("conformance", "model.tiny")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write anew what tests keep: the traces' digests, and the tables in docs that are computed",
    )
