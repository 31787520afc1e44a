"""What the models of a contract have in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A record of the contract: what the contract does not name is refused."""

    # A record of the contract may be called as pytest's classes are: `TestResult`.
    __test__: ClassVar[bool] = False

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        protected_namespaces=(),
        use_attribute_docstrings=True,
    )


class EventModel(Model):
    """An event of the contract.

    Attributes:
        EVENT: The event's name in the contract.
    """

    EVENT: ClassVar[str]
