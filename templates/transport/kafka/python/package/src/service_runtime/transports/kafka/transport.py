"""Kafka as a way in: calls and jobs from topics, answers, steps and events to topics."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from typing import Final

import structlog
from aiokafka.errors import KafkaError
from service_runtime.calls.problem import Problem
from service_runtime.transports import Host
from service_runtime.transports.kafka.calls import Calls
from service_runtime.transports.kafka.connection import (
    administration,
    client_options,
    quieten,
    reason,
)
from service_runtime.transports.kafka.intake import Intake, Membership
from service_runtime.transports.kafka.jobs import Jobs
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.publisher import Publisher
from service_runtime.transports.kafka.sender import Sender
from service_runtime.transports.kafka.settings import KafkaSettings
from service_runtime.transports.kafka.topics import HEADROOM
from service_runtime.transports.signatures import Signatures

READY_SECONDS: Final = 1.5
"""How long a broker may take to say that it is there."""

_logger = structlog.stdlib.get_logger(__name__)


class KafkaTransport:
    """Two members of groups, a producer, and who follows the events."""

    def __init__(self, host: Host, settings: KafkaSettings) -> None:
        """Begin, in the background."""
        names = Names.of(host.identity, settings)
        self._options: Final = client_options(settings, names.callers)
        largest = settings.kafka_max_message_bytes + HEADROOM
        self._sender: Final = Sender(self._options, largest)
        signatures = Signatures(*host.settings.service_tokens)
        calls = Calls(host, names, self._sender, signatures)
        jobs = Jobs(host, names, self._sender, signatures, tries=settings.job_tries)
        self._calls: Final = Intake(
            self._options,
            Membership(names.requests, names.callers, largest, 0.1, 0),
            calls.handle,
        )
        # Jobs are committed at once, and partitions of theirs move when those under way are done.
        longest = host.settings.max_call_timeout_ms / 1000
        self._jobs: Final = Intake(
            self._options,
            Membership(names.orders, names.workers, largest, 0, longest),
            jobs.handle,
        )
        log = host.service.events
        publisher = Publisher(log, host.identity, self._sender, names.events, signatures)
        # What is taken may publish something, also when it does not run yet.
        self._writing: Final = ExitStack()
        self._writing.enter_context(log.writing())
        self._intakes: Final = [
            asyncio.create_task(self._calls.run()),
            asyncio.create_task(self._jobs.run()),
        ]
        self._publishing: Final = asyncio.create_task(publisher.run())

    async def ready(self) -> None:
        """Return when the broker answers, and calls and jobs can arrive.

        Raises:
            Problem: `unavailable`, with what is missing.
        """
        for task in (*self._intakes, self._publishing):
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise Problem("unavailable", f"Kafka is not served any more: {reason(error)}")
        for intake in (self._calls, self._jobs):
            if intake.trouble:
                raise Problem("unavailable", intake.trouble)
        try:
            async with asyncio.timeout(READY_SECONDS), administration(self._options) as admin:
                await admin.describe_cluster()
        except (KafkaError, OSError, TimeoutError) as error:
            raise Problem("unavailable", f"Kafka does not answer: {reason(error)}") from error

    async def drain(self) -> None:
        """Take nothing more; finish what is under way, leave the groups, send the last events."""
        self._calls.stop()
        self._jobs.stop()
        await asyncio.gather(*self._intakes)
        self._writing.close()
        await self._publishing

    async def close(self) -> None:
        """Let go of every connection."""
        tasks = (*self._intakes, self._publishing)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        self._writing.close()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                _logger.error("Kafka was not served to the end", error=reason(outcome))
        await self._sender.close()


@asynccontextmanager
async def open_transport(host: Host) -> AsyncGenerator[KafkaTransport]:
    """Serve a service through Kafka, from when a broker answers.

    Raises:
        TypeError: The settings of the service are without those of Kafka.
    """
    if not isinstance(host.settings, KafkaSettings):
        raise TypeError("the settings have no part for Kafka")
    quieten()
    transport = KafkaTransport(host, host.settings)
    try:
        yield transport
    finally:
        await transport.close()
