"""The service behind Kafka.

aiokafka is used as it is: what frameworks on top of it offer commits record by record or batch by
batch, and neither keeps the order of each key while others go on.
"""

from service_runtime.transports.kafka.transport import open_transport

__all__ = ["open_transport"]
