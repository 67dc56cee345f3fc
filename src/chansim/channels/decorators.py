"""How a decorator goes round a consumer: what all decorators of this folder have in common."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, TypeVar

from chansim.channels.message import Message

Consumer = TypeVar("Consumer", bound=Callable[..., Any])


def around(prepare: Callable[[Message], AbstractContextManager[None]]) -> Callable[[Consumer], Consumer]:
    """A decorator that calls a consumer within ``with prepare(message):``.

    The consumer may be a function of a message, or a method of a class-based
    consumer. It keeps its name, and the costs that it declares.
    """

    def decorate(consumer: Consumer) -> Consumer:
        @wraps(consumer)
        def prepared(*arguments: Any, **keywords: Any) -> Any:
            with prepare(message_of(arguments, consumer)):
                return consumer(*arguments, **keywords)

        return prepared  # type: ignore[return-value]

    return decorate


def message_of(arguments: tuple[Any, ...], consumer: Callable[..., Any]) -> Message:
    """The message among a call's *arguments*: a function's first, a method's second. Raises ValueError without."""
    for argument in arguments[:2]:
        if isinstance(argument, Message):
            return argument
    name = getattr(consumer, "__name__", repr(consumer))
    raise ValueError(f"{name} was called without a Message: a consumer's first argument is one")
