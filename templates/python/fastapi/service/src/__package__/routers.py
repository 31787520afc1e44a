"""Routes of your own: ordinary FastAPI, behind the service token and the body limit.

    @router.post("/orders/{order}/cancel")
    async def cancel(order: UUID, body: Cancel, caller: Caller) -> Cancelled:
        # Deadline, limits, span, metrics, and once under an Idempotency-Key:
        return await caller.guard("cancel", lambda call: cancel_order(order, body), once=body)

`Caller` is `service_runtime.server.fastapi.caller.Caller`.
"""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

router: Final = APIRouter()

ROUTERS: Final[Sequence[APIRouter]] = [router]
