"""Is it alive, is it ready, how is it doing."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from service_runtime.server.fastapi.caller import LifecycleOf

PATHS: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""Open to whoever reaches the service: orchestrators and scrapers carry no token."""

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def livez() -> dict[str, str]:
    """The event loop turns. Says nothing of resources: a restart would not repair them."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(lifecycle: LifecycleOf) -> dict[str, str]:
    """Calls are welcome, or a problem `unavailable` with the reason."""
    await lifecycle.ready()
    return {"status": "ready"}


@router.get("/metrics")
async def metrics(accept: Annotated[str, Header()] = "") -> Response:
    """The metrics of this process, in the format that the scraper asks for."""
    encode, content_type = choose_encoder(accept)
    return Response(encode(REGISTRY), headers={"content-type": content_type})
