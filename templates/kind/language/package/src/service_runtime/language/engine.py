"""What an engine is: it continues a conversation."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "filter"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.

    Attributes:
        role: Who wrote it; `system` is the service itself.
        content: What it says.
    """

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """What an engine is asked.

    Attributes:
        messages: The conversation, the last message from the user.
        max_tokens: Tokens of the answer at most.
        temperature: From 0 to 2; None is the engine's own.
        stop: Texts before which the answer ends.
    """

    messages: Sequence[Message]
    max_tokens: int
    temperature: float | None = None
    stop: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """What comes next of an answer.

    Attributes:
        text: Never empty; some engines give several tokens at once.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took, in tokens.

    Attributes:
        prompt: Those of the conversation.
        completion: Those of the answer.
    """

    prompt: int
    completion: int


@dataclass(frozen=True, slots=True)
class End:
    """The end of an answer.

    Attributes:
        finish: Why it ended.
        usage: What it took; None where the engine does not tell.
    """

    finish: Finish
    usage: Usage | None


class Engine(Protocol):
    """Computes answers, several at once."""

    @property
    def model(self) -> str:
        """What the model is called."""
        ...

    async def check(self, question: Question) -> None:
        """Return when the conversation leaves room for an answer, as far as can be known before.

        Raises:
            Problem: `invalid_argument` when it is too long; else as `answer`.
        """
        ...

    def answer(self, question: Question) -> AsyncGenerator[Token | End]:
        """Continue a conversation. Closing the generator ends the computation.

        Yields:
            Tokens, then the end.

        Raises:
            Problem: `invalid_argument` when the conversation is too long; `resource_exhausted`,
                `deadline_exceeded` or `unavailable` when the engine does not answer to its end;
                `internal` when it refuses what it is asked, with the cause in the log.
        """
        ...

    async def ready(self) -> None:
        """Return when it can be asked.

        Raises:
            Problem: `unavailable`, with the reason.
        """
        ...
