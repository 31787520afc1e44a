# Copyright Acme Corporation. All rights reserved.
# Owned by payments.

"""What so many of a product cost."""

from service_runtime import Call

from ..contract import QuoteInput, QuoteOutput
from ..pricing.discount import total_cents
from ..resources import Resources


async def quote(payload: QuoteInput, call: Call, resources: Resources) -> QuoteOutput:
    """Price all of them."""
    del call, resources
    return QuoteOutput(total_cents=total_cents(payload.unit_cents, payload.count))
