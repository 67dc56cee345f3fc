"""Django, as a project has it, for Channels 4."""

import django
import pytest
from django.conf import settings

from live.conftest import two_redis_servers as two_redis_servers


@pytest.fixture(autouse=True, scope="session")
def project() -> None:
    """The settings that a project cannot do without; other tests may have made them already."""
    if not settings.configured:
        settings.configure(SECRET_KEY="none", INSTALLED_APPS=["channels"], CHANNEL_LAYERS={})
        django.setup()
