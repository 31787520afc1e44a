"""An operation of the contract, with the function that does it."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Concatenate, Final, Generic, Protocol, TypeVar

from service_runtime.calls.call import Call
from service_runtime.calls.values import Model


class Resources(Protocol):
    """What lives as long as the process: models, stores, clients, background work.

    It is opened before the service says that it is ready and closed after the last request was
    answered.
    """

    async def ready(self) -> None:
        """Return when requests can be answered. Asked every few seconds: check, do not repair.

        Raises:
            Problem: `unavailable`, with the reason as its detail.
        """
        ...


InputT = TypeVar("InputT", bound=Model)
OutputT = TypeVar("OutputT", bound=Model)
ResourcesT = TypeVar("ResourcesT", bound=Resources)

_GIVEN: Final = ("payload", "call", "resources")
"""What every handler takes, in this order."""


def dependencies_of(handler: Callable[..., object]) -> Sequence[inspect.Parameter]:
    """What a handler takes of the web framework, beside payload, call and resources."""
    parameters = inspect.signature(handler, eval_str=True).parameters
    return list(parameters.values())[len(_GIVEN) :]


@dataclass(frozen=True, slots=True)
class Operation(Generic[InputT, OutputT, ResourcesT]):
    """What a transport routes to.

    Attributes:
        name: Its name in the contract.
        input: What it takes.
        output: What it gives.
        handler: What does it; in the module that bears its name. Beside payload, call and resources
            it may take dependencies of the web framework.
        safe: It changes nothing (RFC 9110, 9.2.1), so it may run again.
    """

    name: str
    input: type[InputT]
    output: type[OutputT]
    handler: Callable[Concatenate[InputT, Call, ResourcesT, ...], Awaitable[OutputT]]
    safe: bool

    def dependencies(self) -> Sequence[inspect.Parameter]:
        """What the handler takes of the web framework, beside payload, call and resources."""
        return dependencies_of(self.handler)

    def refuse_dependencies(self, way: str) -> None:
        """Check that the handler can be called by a way in that knows no web framework.

        Raises:
            TypeError: It takes what only a route can give.
        """
        names = [parameter.name for parameter in self.dependencies()]
        if names:
            raise TypeError(
                f"the handler of `{self.name}` takes `{names[0]}`, a dependency of the web "
                f"framework, which {way} does not have: take it from the resources, or link the "
                "service by a transport whose routes the framework serves"
            )
