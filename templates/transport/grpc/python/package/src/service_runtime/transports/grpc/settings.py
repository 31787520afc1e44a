"""What can be set of gRPC."""

from pydantic import Field
from pydantic_settings import BaseSettings
from service_runtime.settings import Port


class GrpcSettings(BaseSettings):
    """Part of the service's settings.

    Attributes:
        grpc_port: Port to listen on; 0 is any that is free.
        grpc_max_message_bytes: Largest request.
    """

    grpc_port: Port = 9001
    grpc_max_message_bytes: int = Field(default=4 * 1024 * 1024, ge=1)
