"""The name under which code of 2016 imports the consumer that answers HTTP requests; it is in wsgi.py."""

from chansim.channels.wsgi import ViewConsumer, view_as_consumer

__all__ = ["ViewConsumer", "view_as_consumer"]
