"""From a route to the runner."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeVar, cast

from fastapi import Depends, Request
from service_runtime.calls.call import Call, Incoming
from service_runtime.calls.call import Caller as Asking
from service_runtime.calls.idempotency import Once
from service_runtime.calls.operation import Operation
from service_runtime.calls.values import Model
from service_runtime.server import http
from service_runtime.server.fastapi.errors import problem_of
from service_runtime.server.lifecycle import Lifecycle
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive

InputT = TypeVar("InputT", bound=Model)
OutputT = TypeVar("OutputT", bound=Model)
ResultT = TypeVar("ResultT")

UNATTENDED_SECONDS: Final = 0.01
"""After which it matters to a call whether its client is still there."""

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


# All are coroutines: FastAPI runs any other dependency in a thread of its own, request by request.
async def _lifecycle(request: Request) -> Lifecycle[Any, Any]:
    return request.app.state.lifecycle


LifecycleOf = Annotated[Lifecycle[Any, Any], Depends(_lifecycle)]
"""The service behind the application, for a route's signature."""


async def _incoming(request: Request) -> Incoming:
    return http.incoming(request.headers)


IncomingCall = Annotated[Incoming, Depends(_incoming)]
"""What the headers say about the call, for a route's signature. Raises Problem."""


async def _asking(incoming: IncomingCall) -> Asking | None:
    return incoming.caller


CallerOf = Annotated[Asking | None, Depends(_asking)]
"""Who asked the gateway, for the signature of a route or a handler. Raises Problem."""


def endpoint_of(
    answer: Callable[..., Awaitable[Any]],
    handler: Callable[..., object],
    own: Mapping[str, Any],
    given: Sequence[inspect.Parameter],
) -> Callable[..., Awaitable[Any]]:
    """A function as the endpoint of a handler.

    Args:
        answer: Takes all parameters by their names.
        handler: Whose documentation it gets.
        own: Its parameters, with what FastAPI makes each of.
        given: What the handler depends on.
    """
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
        for name, annotation in own.items()
    ]
    kept = (parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in given)
    # FastAPI reads an endpoint's parameters from its signature.
    # https://docs.python.org/3/library/inspect.html#inspect.signature
    signature = inspect.Signature([*parameters, *kept])
    answer.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]
    answer.__doc__ = handler.__doc__
    return answer


async def attend(answer: Awaitable[ResultT], receive: Receive) -> ResultT:
    """Work on an answer for as long as the client is there.

    Nobody waits for the leaving of a client who is answered within `UNATTENDED_SECONDS`.

    Args:
        answer: The work; the task of the request does it.
        receive: Of the request, whose body has been read: its next message is that of the leaving.

    Raises:
        ClientDisconnect: The client has left; the work is cancelled.
    """
    watching: asyncio.Task[None] | None = None

    def watch() -> None:
        nonlocal watching
        watching = asyncio.create_task(_until_gone(receive, there))

    # It has no end of its own: who notices the leaving sets one.
    there = asyncio.timeout(None)
    timer = asyncio.get_running_loop().call_later(UNATTENDED_SECONDS, watch)
    try:
        async with there:
            return await answer
    except TimeoutError:
        if there.expired():
            raise ClientDisconnect from None
        raise
    finally:
        timer.cancel()
        if watching is not None:
            watching.cancel()


async def _until_gone(receive: Receive, there: asyncio.Timeout) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    there.reschedule(0)


class _Caller:
    """The client of one request."""

    def __init__(self, request: Request, lifecycle: Lifecycle[Any, Any]) -> None:
        self._request = request
        self._lifecycle = lifecycle

    async def run(
        self,
        operation: Operation[InputT, OutputT, Any],
        payload: InputT,
        dependencies: Mapping[str, Any] = NOTHING,
    ) -> OutputT:
        """Run an operation for as long as the client is there.

        Args:
            operation: Of the contract.
            payload: Its input.
            dependencies: What its handler takes of the route, by name.

        Raises:
            Problem: As `Service.run`; `invalid_argument` for headers that cannot be read.
            ClientDisconnect: The client has left; the operation is cancelled.
        """
        incoming = replace(self._incoming(), dependencies=dependencies)
        return await self.attend(self._lifecycle.service.run(operation, payload, incoming))

    async def guard(
        self,
        name: str,
        work: Callable[[Call], Awaitable[ResultT]],
        *,
        once: bool = False,
    ) -> ResultT:
        """Give a route of one's own what operations have: deadline, limits, span, log, metrics.

        Args:
            name: What it is called there.
            work: Does it, and is cancelled when the client leaves or the deadline passes.
            once: What comes again under its `Idempotency-Key` is not done again. Not for a route
                that reads a form. `work` gives what the route answers with, as its
                `response_model` or annotation says it.

        Raises:
            Problem: As `run`; what else `work` raises but an `HTTPException` is `internal`.
            ClientDisconnect: As `run`.
        """
        body = b""
        # Now, for the client's leaving is what is received next; a form is read already.
        with nullcontext() if once else suppress(RuntimeError):
            body = await self._request.body()
        incoming = self._incoming()
        if incoming.idempotency_key:
            # The same body may be sent to another address: that is another request.
            url = self._request.url
            key = f"{incoming.idempotency_key} {self._request.method} {url.path}?{url.query}"
            incoming = replace(incoming, idempotency_key=key)

        async def answered(call: Call) -> ResultT:
            try:
                return await work(call)
            except HTTPException as error:
                raise problem_of(error) from error

        service = self._lifecycle.service
        return await self.attend(
            service.guard(
                name, answered, incoming, once=Once(lambda: body, self._answers()) if once else None
            )
        )

    def _answers(self) -> type[Any]:
        """What the route answers with; JSON, where it does not say."""
        model = getattr(self._request.scope.get("route"), "response_model", None)
        return cast("type[Any]", Any if model is None else model)

    def _incoming(self) -> Incoming:
        return http.incoming(self._request.headers)

    async def attend(self, answer: Awaitable[ResultT]) -> ResultT:
        """Work on an answer for as long as the client is there.

        Raises:
            ClientDisconnect: The client has left; the work is cancelled.
        """
        return await attend(answer, self._request.receive)


async def _caller(request: Request, lifecycle: LifecycleOf) -> _Caller:
    return _Caller(request, lifecycle)


Caller = Annotated[_Caller, Depends(_caller)]
"""The client of one request, for a route's signature."""
