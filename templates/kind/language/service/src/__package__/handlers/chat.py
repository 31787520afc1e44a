"""The operation `chat`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from service_runtime.calls.call import Call
from service_runtime.language.engine import Message, Token

from ..contract import ChatInput, ChatOutput, ChatPart, ChatUsage
from ..resources import Resources


async def chat(
    payload: ChatInput, call: Call, resources: Resources
) -> AsyncGenerator[ChatPart | ChatOutput]:
    """Continue a conversation, token by token."""
    del call  # Who leaves closes the generator, and with it the answer.
    language = resources.language
    answer = language.answer(
        [Message(message.role, message.content) for message in payload.messages],
        max_tokens=payload.max_tokens,
        temperature=payload.temperature,
        stop=payload.stop or (),
    )
    async with aclosing(answer) as items:
        async for item in items:
            if isinstance(item, Token):
                yield ChatPart(token=item.text)
                continue
            usage = item.usage and ChatUsage(
                prompt_tokens=item.usage.prompt, completion_tokens=item.usage.completion
            )
            yield ChatOutput(finish=item.finish, usage=usage, model=language.name)
