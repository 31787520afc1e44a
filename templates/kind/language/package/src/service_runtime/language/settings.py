"""What a service that asks a language model reads from its environment."""

from typing import Annotated, Final, Self

from pydantic import Field, FilePath, HttpUrl, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings

PromptName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]

NO_KEY: Final = "none"
"""What is shown to a server that asks for no key; OpenAI's client always shows one."""


class LanguageSettings(BaseSettings):
    """Part of the service's settings.

    Attributes:
        language_base_url: A server with OpenAI's API; when empty, the model runs in this process.
        language_model: What the model is called at that server.
        language_api_key: What is shown to that server.
        language_model_file: The model that runs in this process (GGUF); when empty, the one that
            is installed.
        language_threads: Threads that compute in this process.
        language_context: Tokens of a conversation, its answer included.
        language_max_tokens: Tokens of an answer at most, whatever its caller says.
        language_prompt: Which file of the prompts stands before each conversation, without `.txt`.
        language_concurrency: Answers at once.
        language_queue: Conversations that wait.
        language_queue_seconds: Seconds that a conversation waits at most.
        language_idle_seconds: Seconds that the server may be silent in an answer.
    """

    language_base_url: HttpUrl | None = None
    language_model: str = ""
    language_api_key: SecretStr = SecretStr(NO_KEY)
    language_model_file: FilePath | None = None
    language_threads: int = Field(default=1, ge=1, le=256)
    language_context: int = Field(default=2048, ge=64)
    language_max_tokens: int = Field(default=512, ge=1)
    language_prompt: PromptName = "assistant"
    language_concurrency: int = Field(default=2, ge=1, le=1024)
    language_queue: int = Field(default=8, ge=0, le=65536)
    language_queue_seconds: float = Field(default=20, gt=0)
    language_idle_seconds: float = Field(default=25, gt=0)

    @model_validator(mode="after")
    def _a_server_has_a_model(self) -> Self:
        if self.language_base_url is not None and not self.language_model:
            raise ValueError("LANGUAGE_BASE_URL goes with LANGUAGE_MODEL")
        return self
