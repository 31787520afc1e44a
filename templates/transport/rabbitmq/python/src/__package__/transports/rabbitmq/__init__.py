"""Calls, jobs and events over RabbitMQ, 3.10 or newer."""

from .transport import open_transport

__all__ = ["open_transport"]
