"""How clients of the broker are made, and how long they are patient."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypedDict, TypeVar

import stamina
import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from .settings import KafkaSettings

T = TypeVar("T")

CLOSE_SECONDS: Final = 3.0
"""How long a client may take to say good-bye to a broker that may be gone."""

_REPEAT_SECONDS: Final = 10.0
_WAIT_MAX: Final = 5.0

_logger = structlog.stdlib.get_logger(__name__)


class ClientOptions(TypedDict):
    """What all clients of aiokafka take."""

    bootstrap_servers: str
    client_id: str
    security_protocol: str
    ssl_context: ssl.SSLContext | None
    sasl_mechanism: str
    sasl_plain_username: str
    sasl_plain_password: str
    request_timeout_ms: int
    metadata_max_age_ms: int


def client_options(settings: KafkaSettings, client_id: str) -> ClientOptions:
    """How brokers are found and spoken to."""
    protocol = settings.kafka_security_protocol
    return {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "client_id": client_id,
        "security_protocol": protocol,
        "ssl_context": ssl.create_default_context() if protocol.endswith("SSL") else None,
        "sasl_mechanism": settings.kafka_sasl_mechanism,
        "sasl_plain_username": settings.kafka_sasl_username,
        "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
        "request_timeout_ms": 10_000,
        "metadata_max_age_ms": 30_000,
    }


async def patiently(what: str, work: Callable[[], Awaitable[T]]) -> T:
    """The result of `work`, tried until it succeeds.

    Brokers go and come back: each failure is logged, with a pause that grows to some seconds.
    """
    def failed(error: Exception) -> bool:
        if not isinstance(error, KafkaError | OSError | TimeoutError):
            return False
        _logger.warning("Kafka does not answer", wanted=what, error=str(error) or repr(error))
        return True

    async for attempt in _forever(failed):
        with attempt:
            return await work()
    raise AssertionError("unreachable")


def _forever(failed: Callable[[Exception], bool]) -> AsyncIterator[stamina.Attempt]:
    return aiter(
        stamina.retry_context(
            on=failed, attempts=None, timeout=None, wait_initial=0.25, wait_max=_WAIT_MAX
        )
    )


@asynccontextmanager
async def administration(options: ClientOptions) -> AsyncGenerator[AIOKafkaAdminClient]:
    """A client that asks about topics and groups."""
    client = AIOKafkaAdminClient(**options)
    try:
        await client.start()
        yield client
    finally:
        await let_go(client.close())


async def let_go(closing: Awaitable[None]) -> None:
    """Wait for a client to close, but not for ever: what hangs then dies with the process."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await closing
    except (KafkaError, OSError, TimeoutError) as error:
        _logger.warning("a client of Kafka did not close in time", error=repr(error))


class _Seldom(logging.Filter):
    """Lets the same message through once in a while: aiokafka repeats it ten times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._last: Final[dict[str, float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._last.get(record.msg, -_REPEAT_SECONDS) < _REPEAT_SECONDS:
            return False
        self._last[record.msg] = now
        return True


def quieten() -> None:
    """Bound what aiokafka logs while a broker is away. Doing it again changes nothing."""
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        if name.startswith("aiokafka.") and not any(
            isinstance(known, _Seldom) for known in logger.filters
        ):
            logger.addFilter(_Seldom())
            logger.setLevel(logging.WARNING)
