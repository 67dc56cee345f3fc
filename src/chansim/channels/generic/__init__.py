"""Class-based consumers: a consumer that is a class, with a method for each of its channels."""

from chansim.channels.generic.base import BaseConsumer

__all__ = ["BaseConsumer"]
