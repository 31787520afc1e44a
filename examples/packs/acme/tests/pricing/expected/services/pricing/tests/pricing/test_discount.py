# Copyright Acme Corporation. All rights reserved.
# Owned by payments.

"""Prices, at the edge of the discount."""

import pytest

from pricing.pricing.discount import total_cents


@pytest.mark.parametrize(
    ("count", "total"),
    [
        (1, 999),
        (99, 98_901),
        (100, 89_910),
    ],
)
def test_discount(count: int, total: int) -> None:
    assert total_cents(999, count) == total
