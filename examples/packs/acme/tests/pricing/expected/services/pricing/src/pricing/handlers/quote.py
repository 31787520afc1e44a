# Copyright Acme Corporation. All rights reserved.
# Owned by payments.

"""What so many of a product cost."""

from ..contract import QuoteInput, QuoteOutput
from ..pricing.discount import total_cents
from ..resources import Resources
from service_runtime.calls.call import Call


async def quote(payload: QuoteInput, call: Call, resources: Resources) -> QuoteOutput:
    """Price all of them."""
    del call, resources
    return QuoteOutput(total_cents=total_cents(payload.unit_cents, payload.count))
