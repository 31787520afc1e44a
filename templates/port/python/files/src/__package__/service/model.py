"""What the models of a contract have in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A record of the contract: what is not in the contract is refused."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class EventModel(Model):
    """An event of the contract.

    Attributes:
        EVENT: The event's name in the contract.
    """

    EVENT: ClassVar[str]
