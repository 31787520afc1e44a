"""Who a service is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this service is.

    Attributes:
        system: The system that it is part of; names on a broker begin with it.
        name: As in the blueprint; a DNS label.
        version: Of what is deployed.
        description: In a sentence, or `""`.
    """

    system: str
    name: str
    version: str
    description: str
