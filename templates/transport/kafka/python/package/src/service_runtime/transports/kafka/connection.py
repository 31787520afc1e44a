"""How clients of the broker are made, and how patient they are."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypedDict, TypeVar

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from service_runtime.transports.kafka.settings import KafkaSettings
from service_runtime.transports.tls import client_context
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    wait_random_exponential,
)

T = TypeVar("T")

CLOSE_SECONDS: Final = 3.0
"""How long a client may take to say good-bye to a broker that may be gone."""

_WAIT_MAX: Final = 2.0
_REPEAT_SECONDS: Final = 30.0

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
        "ssl_context": client_context(settings) if protocol.endswith("SSL") else None,
        "sasl_mechanism": settings.kafka_sasl_mechanism,
        "sasl_plain_username": settings.kafka_sasl_username,
        "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
        "request_timeout_ms": 10_000,
        "metadata_max_age_ms": 30_000,
    }


async def patiently(
    wanted: str,
    work: Callable[[], Awaitable[T]],
    failed: Callable[[BaseException], None] = lambda _error: None,
) -> T:
    """The result of `work`, tried until it succeeds: brokers go and come back.

    Args:
        wanted: What is tried, for the log: reported at once, then every half a minute.
        work: Tries once.
        failed: Receives each failure.
    """
    reported = -_REPEAT_SECONDS

    def report(state: RetryCallState) -> None:
        nonlocal reported
        error = state.outcome.exception() if state.outcome else None
        if error is None:
            return
        failed(error)
        if time.monotonic() - reported >= _REPEAT_SECONDS:
            reported = time.monotonic()
            _logger.warning("Kafka does not answer", wanted=wanted, error=reason(error))

    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type((KafkaError, OSError, TimeoutError)),
        wait=wait_random_exponential(multiplier=0.25, max=_WAIT_MAX),
        before_sleep=report,
    ):
        with attempt:
            return await work()
    raise AssertionError("it is tried for ever")


def reason(error: BaseException) -> str:
    """What went wrong, in words."""
    return str(error) or type(error).__name__


@asynccontextmanager
async def administration(options: ClientOptions) -> AsyncGenerator[AIOKafkaAdminClient]:
    """A client that asks about topics and groups.

    Raises:
        KafkaError: No broker answers.
    """
    client = AIOKafkaAdminClient(**options)
    try:
        await client.start()
        yield client
    finally:
        await let_go(client.close())


async def let_go(closing: Awaitable[None]) -> None:
    """Wait for a client to close, but not for ever: what hangs dies with the process."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await closing
    except (KafkaError, OSError, TimeoutError) as error:
        _logger.debug("a client of Kafka did not close in time", error=reason(error))


class _Seldom(logging.Filter):
    """Lets a message through once in a while: aiokafka repeats it ten times a second."""

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
        is_quiet = any(isinstance(known, _Seldom) for known in logger.filters)
        if name.partition(".")[0] == "aiokafka" and not is_quiet:
            logger.setLevel(logging.WARNING)
            logger.addFilter(_Seldom())
