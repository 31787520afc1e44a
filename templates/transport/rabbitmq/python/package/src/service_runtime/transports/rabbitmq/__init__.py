"""Calls, jobs and events over RabbitMQ, 3.10 or newer."""

from service_runtime.transports.rabbitmq.transport import open_transport

__all__ = ["open_transport"]
