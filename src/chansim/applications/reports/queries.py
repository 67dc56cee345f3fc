"""A page that needs a long query (channels 776)."""

from collections.abc import Callable, Iterable
from typing import Any

from chansim.channels import costs


@costs(io=30.0)
def long_query(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """It waits for the database for half a minute."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a great many rows"]
