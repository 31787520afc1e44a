"""The contract over gRPC: messages generated of `contract.proto`, and how values are encoded."""

from typing import Final

from service_runtime.transports import OpenTransport
from service_runtime.transports.grpc import transport

from .codec import CODEC

open_transport: Final[OpenTransport] = transport(CODEC)
