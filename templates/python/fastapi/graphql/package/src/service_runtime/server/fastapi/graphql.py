"""GraphQL over HTTP, and its subscription as server-sent events.

https://graphql.github.io/graphql-over-http/draft/
https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md (distinct connections mode)
"""

from collections.abc import AsyncGenerator, AsyncIterable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from service_runtime.server.definition import Definition
from service_runtime.server.fastapi.caller import Caller, IncomingCall, LifecycleOf
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.transports.graphql.api import Api
from service_runtime.transports.graphql.context import Context
from service_runtime.transports.graphql.request import Request
from service_runtime.transports.graphql.responses import MEDIA_TYPE
from service_runtime.transports.graphql.stream import Message


def routes(service: Definition[Any, Any]) -> APIRouter:
    """The routes of a contract over GraphQL."""
    for operation in service.operations:
        operation.refuse_dependencies("GraphQL")
    return create_router(Api.load(service.folder, service.operations))


def create_router(api: Api) -> APIRouter:
    """The routes of a contract in GraphQL. They are documented by the schema, not by OpenAPI."""
    router = APIRouter(include_in_schema=False)

    async def begun(
        request: Request, lifecycle: LifecycleOf, incoming: IncomingCall
    ) -> AsyncGenerator[Message]:
        # Before the response begins: a subscription that is refused has a status of its own.
        return await api.subscribe(request, _context(lifecycle, incoming))

    @router.post("/graphql")
    async def post_graphql(
        request: Request, lifecycle: LifecycleOf, incoming: IncomingCall, caller: Caller
    ) -> Response:
        """Answer a query or a mutation."""
        answer = await caller.attend(api.answer(request, _context(lifecycle, incoming)))
        return Response(answer.body, answer.status, media_type=MEDIA_TYPE)

    @router.post("/graphql/stream", response_class=EventSourceResponse)
    async def post_stream(
        messages: Annotated[AsyncGenerator[Message], Depends(begun)],
    ) -> AsyncIterable[ServerSentEvent]:
        """Results of a subscription, until the service stops. A comment comes every 15 s."""
        async for message in messages:
            yield ServerSentEvent(id=message.id or None, event="next", raw_data=message.data)
        yield ServerSentEvent(event="complete", raw_data="")

    return router


def _context(lifecycle: Lifecycle[Any, Any], incoming: IncomingCall) -> Context:
    return Context(
        run=partial(lifecycle.service.run, incoming=incoming),
        events=lifecycle.events,
        is_open=not lifecycle.settings.is_production,
    )
