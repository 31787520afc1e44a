"""Makes the topics of this service: `python -m <package>.transports.kafka.create`.

Brokers make none by themselves (`auto.create.topics.enable=false`): those would have one partition
and any name that was ever misspelt. To do it again changes nothing.
"""

import asyncio
import sys
from typing import Final

from aiokafka.errors import KafkaError

from ... import wiring
from ...service import logs
from ...service.settings import load
from ...settings import Settings
from .connection import administration, client_options, quieten, reason
from .names import Names
from .topics import TopicError, make_topics

PATIENCE_SECONDS: Final = 60.0
"""How long a broker may take to come up."""


async def _create(settings: Settings) -> list[str]:
    names = Names.of(wiring.IDENTITY, settings)
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
    settings = load(Settings)
    logs.configure("ERROR", pretty=settings.logs_are_pretty)
    quieten()
    try:
        done = asyncio.run(_create(settings))
    except (KafkaError, TimeoutError) as error:
        sys.stderr.write(f"Kafka at {settings.kafka_bootstrap_servers}: {reason(error)}\n")
        raise SystemExit(1) from None
    sys.stdout.write("".join(f"{line}\n" for line in done))


if __name__ == "__main__":
    main()
