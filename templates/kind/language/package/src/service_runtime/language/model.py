"""The language model as handlers ask it: engine, turns, what is measured."""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Final, Self

from opentelemetry import trace
from prometheus_client import Counter, Histogram
from service_runtime.language.embedded import EmbeddedEngine
from service_runtime.language.engine import End, Engine, Message, Question, Token
from service_runtime.language.faults import wrong
from service_runtime.language.remote import RemoteEngine
from service_runtime.language.settings import LanguageSettings
from service_runtime.language.turns import Turns

TOKENS: Final = Counter("language_tokens_total", "Tokens that engines counted.", ["of"])
FIRST_TOKEN: Final = Histogram(
    "language_first_token_seconds",
    "Time from the beginning of a turn to the first token of its answer.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60),
)


class LanguageModel:
    """Answers conversations, so many at once."""

    def __init__(self, engine: Engine, prompt: str, turns: Turns, max_tokens: int) -> None:
        """Stand before an engine.

        Args:
            engine: Computes the answers.
            prompt: What stands before each conversation.
            turns: Whose turn it is.
            max_tokens: Tokens of an answer at most, whatever its caller says.
        """
        self._engine: Final = engine
        self._prompt: Final = Message("system", prompt)
        self._turns: Final = turns
        self._max_tokens: Final = max_tokens

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: LanguageSettings, prompt: str) -> AsyncGenerator[Self]:
        """Open the engine that the settings name; on leaving, close it.

        Args:
            settings: Of the service.
            prompt: What stands before each conversation.

        Raises:
            ModelError: The model cannot be run in this process.
        """
        turns = Turns(
            settings.language_concurrency,
            settings.language_queue,
            settings.language_queue_seconds,
        )
        async with _engine(settings) as engine:
            yield cls(engine, prompt, turns, settings.language_max_tokens)

    @property
    def name(self) -> str:
        """What the model is called."""
        return self._engine.model

    async def ready(self) -> None:
        """Return when it can be asked.

        Raises:
            Problem: `unavailable`, with the reason.
        """
        await self._engine.ready()

    async def answer(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        stop: Sequence[str] = (),
    ) -> AsyncGenerator[Token | End]:
        """Continue a conversation when it is its turn. Closing the generator gives the turn away.

        Args:
            messages: The conversation, without the prompt.
            max_tokens: Tokens of the answer at most; None, or more than the settings allow, is as
                many as these say.
            temperature: From 0 to 2; None is the engine's own.
            stop: Texts before which the answer ends.

        Yields:
            Tokens, then the end.

        Raises:
            Problem: `invalid_argument` when the last message is not from the user, a text of `stop`
                is empty or the conversation is too long, `resource_exhausted` when the queue is
                full; else as `Engine.answer`.
        """
        if messages[-1].role != "user":
            raise wrong(f"/messages/{len(messages) - 1}/role", "the last message is the user's")
        if "" in stop:
            raise wrong(f"/stop/{stop.index('')}", "every answer would end before it begins")
        question = Question(
            messages=[self._prompt, *messages],
            max_tokens=min(max_tokens or self._max_tokens, self._max_tokens),
            temperature=temperature,
            stop=stop,
        )
        span = trace.get_current_span()
        span.set_attribute("gen_ai.request.model", self.name)
        await self._engine.check(question)
        async with self._turns.turn(), aclosing(self._engine.answer(question)) as items:
            started = time.monotonic()
            is_first = True
            async for item in items:
                if isinstance(item, End):
                    _measure(item, span)
                elif is_first:
                    FIRST_TOKEN.observe(time.monotonic() - started)
                    is_first = False
                yield item


def _engine(settings: LanguageSettings) -> AbstractAsyncContextManager[Engine]:
    if settings.language_base_url is not None:
        return RemoteEngine.open(
            str(settings.language_base_url),
            settings.language_api_key.get_secret_value(),
            model=settings.language_model,
            context=settings.language_context,
            idle=settings.language_idle_seconds,
        )
    return EmbeddedEngine.open(
        settings.language_model_file,
        context=settings.language_context,
        places=settings.language_concurrency,
        threads=settings.language_threads,
        idle=settings.language_idle_seconds,
    )


def _measure(end: End, span: trace.Span) -> None:
    # https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
    span.set_attribute("gen_ai.response.finish_reasons", [end.finish])
    if end.usage is not None:
        span.set_attribute("gen_ai.usage.input_tokens", end.usage.prompt)
        span.set_attribute("gen_ai.usage.output_tokens", end.usage.completion)
        TOKENS.labels("prompt").inc(end.usage.prompt)
        TOKENS.labels("completion").inc(end.usage.completion)
