"""One route for each operation, and the stream of events."""

import inspect
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from service_runtime.calls.operation import Operation
from service_runtime.server import http
from service_runtime.server.definition import Definition
from service_runtime.server.fastapi.caller import Caller, LifecycleOf
from service_runtime.server.fastapi.errors import PROBLEMS

events = APIRouter()


@events.get(
    "/events",
    operation_id="streamEvents",
    response_class=EventSourceResponse,
    responses=PROBLEMS,
)
async def get_events(
    lifecycle: LifecycleOf,
    last_event_id: Annotated[str, Header()] = "",
) -> AsyncIterable[ServerSentEvent]:
    """Every event from now on, or from after `Last-Event-ID`, until the service stops.

    `stream.open` comes first where there is nothing to resume: a client that loses the connection
    before the first event goes on from there. `stream.gap` stands for events that are no longer
    there. A comment comes every 15 s.
    """
    log = lifecycle.events
    records = log.after(last_event_id)
    if not last_event_id:
        yield ServerSentEvent(id=log.position, event="stream.open", raw_data="{}")
    async for record in records:
        yield ServerSentEvent(
            id=record.id,
            event=record.name,
            raw_data=http.event_data(record),
        )


def routes(service: Definition[Any, Any]) -> APIRouter:
    """The routes of a contract over REST."""
    router = APIRouter()
    router.include_router(events)
    for operation in service.operations:
        router.add_api_route(
            f"/operations/{operation.name}",
            _endpoint(operation),
            methods=["POST"],
            operation_id=operation.name,
            response_model=operation.output,
            responses=PROBLEMS,
        )
    return router


def _endpoint(operation: Operation[Any, Any, Any]) -> Callable[..., Awaitable[Any]]:
    """What FastAPI calls; its parameters are the input and what the handler depends on."""

    async def answer(payload: Any, caller: Any, **dependencies: Any) -> Any:  # noqa: ANN401
        return await caller.run(operation, payload, dependencies)

    # FastAPI reads an endpoint's parameters from its signature.
    # https://docs.python.org/3/library/inspect.html#inspect.signature
    own = {"payload": operation.input, "caller": Caller}
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
        for name, annotation in own.items()
    ]
    given = (
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in operation.dependencies()
    )
    signature = inspect.Signature([*parameters, *given])
    answer.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]
    answer.__doc__ = operation.handler.__doc__
    return answer
