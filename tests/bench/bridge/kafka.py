"""Kafka by hand: aiokafka, a task for each message, offsets committed by the client."""

import asyncio
import os

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

ADDRESS = os.environ["BENCH_ADDRESS"]
PARTITIONS = 4


async def make_topics() -> None:
    """Once."""
    admin = AIOKafkaAdminClient(bootstrap_servers=ADDRESS)
    await admin.start()
    topics = [NewTopic(f"bench.{name}", PARTITIONS, 1) for name in ("requests", "replies")]
    await admin.create_topics(topics)
    await admin.close()


async def main() -> None:
    """Answer for ever."""
    await make_topics()
    producer = AIOKafkaProducer(bootstrap_servers=ADDRESS)
    consumer = AIOKafkaConsumer("bench.requests", bootstrap_servers=ADDRESS, group_id="bench")
    await producer.start()
    await consumer.start()
    print("ready", flush=True)
    async for message in consumer:
        await producer.send("bench.replies", key=message.key, value=message.value)


asyncio.run(main())
