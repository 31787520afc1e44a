"""Acme's discount: a tenth off from a hundred pieces."""

from typing import Final

_MANY: Final = 100
"""Pieces from which the discount counts."""


def total_cents(unit_cents: int, count: int) -> int:
    """Price `count` pieces at `unit_cents` each.

    Returns:
        Whole cents; what is less than a cent goes to the customer.
    """
    total = unit_cents * count
    return total * 9 // 10 if count >= _MANY else total
