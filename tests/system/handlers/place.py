"""What `place` does."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from service_runtime import Call

from ..contract import PlaceInput, PlaceOutput, ShippedEvent
from ..resources import Resources

PRICE_CENTS: Final = 250

_logger = structlog.stdlib.get_logger(__name__)


async def place(payload: PlaceInput, call: Call, resources: Resources) -> PlaceOutput:
    """Take an order; the options of its first item say how it is packed."""
    options = payload.items[0].options
    order = uuid4()
    try:
        await asyncio.sleep(float(options.get("seconds", "0")))
    except asyncio.CancelledError:
        _logger.warning("order abandoned")
        raise
    for parcel in range(int(options.get("parcels", "0"))):
        carrier = f"{parcel}".ljust(int(options.get("size", "1")), ".")
        call.events.publish(ShippedEvent(order=order, carrier=carrier, at=datetime.now(UTC)))
    return PlaceOutput(
        order=order,
        total_cents=PRICE_CENTS * sum(item.count for item in payload.items),
        expected=datetime.now(UTC) + timedelta(days=2),
    )
