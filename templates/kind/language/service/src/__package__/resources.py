"""What lives as long as the process, for every handler to use."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from service_runtime import Events
from service_runtime.language.model import LanguageModel
from service_runtime.language.prompts import read_prompt

from .settings import Settings

PROMPTS: Final = Path(__file__).parent / "prompts"


@dataclass(frozen=True, slots=True)
class Resources:
    """Add what your own handlers need: a client, a pool, a cache.

    Attributes:
        language: The language model.
    """

    language: LanguageModel

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, events: Events) -> AsyncGenerator[Self]:
        """Start what requests need; on leaving, stop it.

        Args:
            settings: The service's settings.
            events: Where to publish what happens by itself, outside of any request.
        """
        del events  # The model publishes nothing.
        prompt = read_prompt(PROMPTS, settings.language_prompt)
        async with LanguageModel.open(settings, prompt) as language:
            yield cls(language=language)

    async def ready(self) -> None:
        """Return when requests can be answered.

        Raises:
            Problem: `unavailable`, with the reason.
        """
        await self.language.ready()
