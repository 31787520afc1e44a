"""From a route to the runner."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from ..service import http
from ..service.call import Incoming
from ..service.lifecycle import Lifecycle
from ..service.model import Model
from ..service.operation import Operation

InputT = TypeVar("InputT", bound=Model)
OutputT = TypeVar("OutputT", bound=Model)
ResultT = TypeVar("ResultT")


# All are coroutines: FastAPI runs any other dependency in a thread of its own, request by request.
async def _lifecycle(request: Request) -> Lifecycle[Any, Any]:
    return request.app.state.lifecycle


LifecycleOf = Annotated[Lifecycle[Any, Any], Depends(_lifecycle)]
"""The service behind the application, for a route's signature."""


async def _incoming(request: Request) -> Incoming:
    return http.incoming(request.headers)


IncomingCall = Annotated[Incoming, Depends(_incoming)]
"""What the headers say about the call, for a route's signature. Raises Problem."""


class _Caller:
    """The client of one request."""

    def __init__(self, request: Request, lifecycle: Lifecycle[Any, Any]) -> None:
        self._request = request
        self._lifecycle = lifecycle

    async def run(self, operation: Operation[InputT, OutputT, Any], payload: InputT) -> OutputT:
        """Run an operation for as long as the client is there.

        Raises:
            Problem: As `Service.run`; `invalid_argument` for headers that cannot be read.
            ClientDisconnect: The client has left; the operation is cancelled.
        """
        incoming = http.incoming(self._request.headers)
        return await self.attend(self._lifecycle.service.run(operation, payload, incoming))

    async def attend(self, answer: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Work on an answer for as long as the client is there.

        Raises:
            ClientDisconnect: The client has left; the work is cancelled.
        """
        work = asyncio.create_task(answer)
        gone = asyncio.create_task(self._until_gone())
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return await work
            raise ClientDisconnect
        finally:
            work.cancel()
            gone.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    async def _until_gone(self) -> None:
        # The body has been read: the next message is that of the client's leaving.
        while (await self._request.receive())["type"] != "http.disconnect":
            pass


async def _caller(request: Request, lifecycle: LifecycleOf) -> _Caller:
    return _Caller(request, lifecycle)


Caller = Annotated[_Caller, Depends(_caller)]
"""The client of one request, for a route's signature."""
