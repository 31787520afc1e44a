"""Makes the topics of a service, named by its definition.

    python -m service_runtime.transports.kafka.create shop.wiring:SERVICE

Brokers make none by themselves (`auto.create.topics.enable=false`): those would have one partition
and any name that was ever misspelt. To do it again changes nothing.
"""

import argparse
import asyncio
import pkgutil
import sys
from typing import Final

from aiokafka.errors import KafkaError
from service_runtime.identity import Identity
from service_runtime.observability import logs
from service_runtime.settings import load
from service_runtime.transports.kafka.connection import (
    administration,
    client_options,
    quieten,
    reason,
)
from service_runtime.transports.kafka.names import Names
from service_runtime.transports.kafka.settings import KafkaSettings
from service_runtime.transports.kafka.topics import TopicError, make_topics

PATIENCE_SECONDS: Final = 60.0
"""How long a broker may take to come up."""


async def _create(identity: Identity, settings: KafkaSettings) -> list[str]:
    names = Names.of(identity, settings)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                async with administration(client_options(settings, names.callers)) as admin:
                    return await make_topics(admin, names, settings)
            except TopicError:
                raise
            except KafkaError:
                await asyncio.sleep(1)


def main() -> None:
    """Make what is missing.

    Raises:
        SystemExit: 1 when a topic does not fit or no broker answers.
    """
    parser = argparse.ArgumentParser(description="Make the topics of a service.")
    parser.add_argument("service", help="its definition, as `package.module:NAME`")
    service = pkgutil.resolve_name(parser.parse_args().service)
    settings = load(service.settings)
    logs.configure("ERROR", pretty=settings.logs_are_pretty)
    quieten()
    try:
        done = asyncio.run(_create(service.identity, settings))
    except (KafkaError, TimeoutError) as error:
        sys.stderr.write(f"Kafka at {settings.kafka_bootstrap_servers}: {reason(error)}\n")
        raise SystemExit(1) from None
    sys.stdout.write("".join(f"{line}\n" for line in done))


if __name__ == "__main__":
    main()
