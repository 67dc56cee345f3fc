"""What all tests share with pytest itself."""

import pytest

# their failing assertions are to be told in full, though they are in no test file
pytest.register_assert_rewrite("conformance", "model.tiny")
