"""Routes of your own: ordinary FastAPI, behind the service token and the body limit, measured.

What they raise leaves as problem details. One line gives a route what operations have, too: the
deadline, the limits, a span, and one run for what comes again under its `Idempotency-Key`:

    @router.post("/orders/{order}/cancel")
    async def cancel(order: UUID, caller: Caller, resources: OpenResources) -> Cancelled:
        return await caller.guard("cancel", lambda _call: resources.cancel(order), once=True)

`Caller` is of `service_runtime.server.fastapi`, `OpenResources` of `middleware.py`.
"""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

router: Final = APIRouter()

ROUTERS: Final[Sequence[APIRouter]] = [router]
