"""An operation of the contract, with the function that does it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .call import Call
from .model import Model
from .resources import Resources

InputT = TypeVar("InputT", bound=Model)
OutputT = TypeVar("OutputT", bound=Model)
ResourcesT = TypeVar("ResourcesT", bound=Resources)


@dataclass(frozen=True, slots=True)
class Operation(Generic[InputT, OutputT, ResourcesT]):
    """What a transport routes to.

    Attributes:
        name: Its name in the contract.
        input: What it takes.
        output: What it gives.
        handler: What does it; in the module that bears its name.
        safe: It changes nothing (RFC 9110, 9.2.1), so it may run again.
    """

    name: str
    input: type[InputT]
    output: type[OutputT]
    handler: Callable[[InputT, Call, ResourcesT], Awaitable[OutputT]]
    safe: bool
