"""A server with OpenAI's API: vLLM, Ollama, llama.cpp, a cloud."""

import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

from httpx2 import Limits
from openai import (
    DEFAULT_CONNECTION_LIMITS,
    APIError,
    AsyncOpenAI,
    AsyncStream,
    DefaultAsyncHttpxClient,
    Timeout,
    omit,
)
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from pydantic import BaseModel, ValidationError
from service_runtime.language.engine import End, Finish, Message, Question, Token, Usage
from service_runtime.language.faults import broken, problem_of, too_long

CONNECT_SECONDS: Final = 5.0

CHARACTERS_PER_TOKEN: Final = 8
"""More than the tokens of prose or code have on the average, in any script: what is longer by this
measure is too long by any. What is near, the server judges, which has the tokens."""

FINISHES: Final[dict[str, Finish]] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "filter",
}


def connect(url: str, key: str, *, idle: float, proxies: bool = True) -> AsyncOpenAI:
    """A client that asks once: who calls knows whether twice is wanted.

    Args:
        url: Of the API, with its version: `http://127.0.0.1:11434/v1`.
        key: What is shown to the server.
        idle: Seconds that the server may be silent.
        proxies: Whether the environment (`HTTP_PROXY`) names a proxy on the way.
    """
    # Each call is a line in the log already, and a question whether it is ready need not be one.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    return AsyncOpenAI(
        base_url=url,
        api_key=key,
        max_retries=0,
        timeout=Timeout(idle, connect=CONNECT_SECONDS),
        http_client=DefaultAsyncHttpxClient(
            trust_env=proxies,
            # Each question has a connection of its own. llama.cpp ends one behind a stream without
            # a word, uvicorn, and so vLLM, after 5 s: a question that crosses that is lost, and its
            # answer cannot be told from one that was cut.
            limits=Limits(
                max_connections=DEFAULT_CONNECTION_LIMITS.max_connections,
                max_keepalive_connections=0,
            ),
        ),
    )


class RemoteEngine:
    """Asks a server."""

    def __init__(self, client: AsyncOpenAI, model: str, context: int) -> None:
        """Stand before a server.

        Args:
            client: Of the server.
            model: What the model is called there.
            context: Tokens of a conversation, its answer included.
        """
        self._client: Final = client
        self._model: Final = model
        self._context: Final = context

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, key: str, *, model: str, context: int, idle: float
    ) -> AsyncGenerator[Self]:
        """Open connections as they are needed; on leaving, close them.

        Args:
            url: Of the API, with its version: `http://127.0.0.1:11434/v1`.
            key: What is shown to the server.
            model: What the model is called there.
            context: Tokens of a conversation, its answer included.
            idle: Seconds that the server may be silent.
        """
        async with connect(url, key, idle=idle) as client:
            yield cls(client, model, context)

    @property
    def model(self) -> str:
        """As the server calls it."""
        return self._model

    async def check(self, question: Question) -> None:
        """Return unless the conversation is too long by any measure."""
        size = sum(len(message.content) for message in question.messages)
        if size // CHARACTERS_PER_TOKEN >= self._context:
            raise too_long(
                f"{size} characters are more than the {self._context} tokens of a conversation"
            )

    async def answer(self, question: Question) -> AsyncGenerator[Token | End]:
        """Continue a conversation; see `Engine`."""
        finish: str | None = None
        usage: Usage | None = None
        try:
            async with await self._ask(question) as chunks:
                async for chunk in chunks:
                    piece = _read(chunk)
                    finish = piece.finish or finish
                    usage = piece.usage or usage
                    if piece.text:
                        yield Token(piece.text)
        except APIError as error:
            raise problem_of(error, max_tokens=question.max_tokens) from error
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise broken(repr(error)) from error
        if finish is None:
            raise broken("it ends without a reason")
        yield End(FINISHES.get(finish, "stop"), usage)

    async def ready(self) -> None:
        """Return always: a server that is not there is told by each call, and comes back."""

    async def _ask(self, question: Question) -> AsyncStream[ChatCompletionChunk]:
        temperature = question.temperature
        return await self._client.chat.completions.create(
            model=self._model,
            messages=[_param(message) for message in question.messages],
            max_tokens=question.max_tokens,
            temperature=omit if temperature is None else temperature,
            stop=list(question.stop) or omit,
            stream=True,
            stream_options={"include_usage": True},
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a chunk of an answer says."""

    text: str
    finish: str | None
    usage: Usage | None


class _Delta(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int


class _Chunk(BaseModel):
    """What is used of a chunk; OpenAI's client passes it on as it came, whatever it is."""

    choices: list[_Choice]
    usage: _Usage | None = None


def _read(chunk: ChatCompletionChunk) -> _Piece:
    """What a chunk says.

    Raises:
        Problem: `unavailable`: it is not what the API has.
    """
    try:
        read = _Chunk.model_validate(chunk, from_attributes=True)
    except ValidationError as error:
        raise broken(repr(error)) from error
    usage = read.usage
    return _Piece(
        text="".join(choice.delta.content or "" for choice in read.choices),
        finish=next((choice.finish_reason for choice in read.choices), None),
        usage=None if usage is None else Usage(usage.prompt_tokens, usage.completion_tokens),
    )


def _param(message: Message) -> ChatCompletionMessageParam:
    match message.role:
        case "system":
            return {"role": "system", "content": message.content}
        case "user":
            return {"role": "user", "content": message.content}
        case "assistant":
            return {"role": "assistant", "content": message.content}
