"""What a codec is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message
from pydantic import ValidationError
from service_runtime.calls.problem import Problem, invalid
from service_runtime.calls.values import Model
from service_runtime.events import EventRecord

RequestT = TypeVar("RequestT", bound=Message)
OutputT = TypeVar("OutputT", bound=Model)


@dataclass(frozen=True, slots=True)
class Method:
    """An operation as a method.

    Attributes:
        name: Of the method.
        operation: Of the operation.
        decode: From the bytes of a request to the input; raises Problem `invalid_argument`.
        encode: From the output to the bytes of an answer.
    """

    name: str
    operation: str
    decode: Callable[[bytes], Model]
    encode: Callable[[Any], bytes]


@dataclass(frozen=True, slots=True)
class Codec:
    """A contract as a gRPC service.

    Attributes:
        service: Its full name.
        methods: All but the stream of events.
        after: From the bytes of a request for events to the id of the last one that arrived.
        event: From an event to the bytes of an answer of the stream.
    """

    service: str
    methods: Sequence[Method]
    after: Callable[[bytes], str]
    event: Callable[[EventRecord], bytes]


def method(  # noqa: PLR0913 (one for each end of each conversion)
    name: str,
    operation: str,
    *,
    request: type[RequestT],
    decode: Callable[[RequestT], dict[str, object]],
    model: type[Model],
    encode: Callable[[OutputT], Message],
) -> Method:
    """A method from its messages.

    Args:
        name: Of the method.
        operation: Of the operation.
        request: The message of requests.
        decode: From it to what `model` checks.
        model: The input.
        encode: From the output to the message of answers.
    """

    def read(data: bytes) -> Model:
        try:
            return model.model_validate(decode(request.FromString(data)))
        except DecodeError as error:
            raise Problem("invalid_argument", f"the message cannot be read: {error}") from None
        except ValidationError as error:
            raise invalid(error.errors()) from None

    def write(output: OutputT) -> bytes:
        return encode(output).SerializeToString()

    return Method(name, operation, read, write)
