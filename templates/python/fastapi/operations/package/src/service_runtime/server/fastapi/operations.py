"""One route for each operation, and the stream of events."""

import inspect
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import TypeAdapter, ValidationError
from service_runtime.calls.operation import Operation
from service_runtime.server import http
from service_runtime.server.definition import Definition
from service_runtime.server.fastapi.caller import Caller, LifecycleOf, attend
from service_runtime.server.fastapi.direct import Answer, DirectRouter
from service_runtime.server.fastapi.errors import PROBLEMS, invalid_answer, invalid_body
from service_runtime.server.lifecycle import Lifecycle
from starlette.types import Receive

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
    router = DirectRouter()
    router.include_router(events)
    for operation in service.operations:
        path = f"/operations/{operation.name}"
        route = APIRoute(
            path,
            _endpoint(operation),
            methods=["POST"],
            operation_id=operation.name,
            response_model=operation.output,
            responses=PROBLEMS,
        )
        router.routes.append(route)
        # Dependencies are FastAPI's to solve.
        if not operation.dependencies():
            router.answers[path] = (route, _answer(operation))
    return router


def _answer(operation: Operation[Any, Any, Any]) -> Answer:
    """What answers in place of the endpoint where nothing depends on the request itself."""
    output: TypeAdapter[Any] = TypeAdapter(operation.output)

    async def answer(
        lifecycle: Lifecycle[Any, Any],
        body: bytes,
        headers: Mapping[str, str],
        receive: Receive,
    ) -> bytes:
        try:
            payload = operation.input.model_validate_json(body)
        except ValidationError as error:
            raise invalid_body(error) from None
        call = lifecycle.service.run(operation, payload, http.incoming(headers))
        answered = await attend(call, receive)
        try:
            # Of a handler that keeps to its type nothing is validated again.
            return output.dump_json(output.validate_python(answered))
        except ValidationError as error:
            raise invalid_answer(error, answered) from None

    return answer


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
