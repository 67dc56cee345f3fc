"""Users: who is logged in when a run begins."""

from typing import Any

import pytest

from applications.script import People
from chansim import ScenarioError, simulate
from chansim.channels import Message, route
from chansim.channels.auth import http_session_user
from chansim.model.users import Users
from model.tiny import channels_world, site


@pytest.mark.parametrize(
    ("query", "user"),
    [("?session_key=ann", ("ann", False)), ("?session_key=eve", ("eve", True)), ("", ("", False))],
)
def test_a_websocket_is_the_users_whose_session_its_address_names(query: str, user: tuple[str, bool]) -> None:
    met = []

    @http_session_user
    def on_connect(message: Message) -> None:
        met.append((message.user.username, message.user.is_staff))

    users = Users(name="users", names=("ann",), staff=("eve",))
    people = People(name="people", lines=(("somebody", f"/chat/{query}"),))
    simulate(
        channels_world(
            application=site(routing=(route("websocket.connect", on_connect),)), more=(users, people)
        )
    )
    assert met == [user]


@pytest.mark.parametrize("names", ["ann", ("ann", ""), ("ann", 5), ["ann"]])
def test_names_are_a_tuple_of_names(names: Any) -> None:
    with pytest.raises(ScenarioError, match=r"users 'users': names=.*: it must be a tuple of names"):
        Users(name="users", names=names)
