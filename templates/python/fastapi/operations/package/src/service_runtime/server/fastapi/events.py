"""What the service tells unasked, as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from service_runtime.server import http
from service_runtime.server.fastapi.caller import LifecycleOf
from service_runtime.server.fastapi.documents import PROBLEMS

router = APIRouter()


@router.get(
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
