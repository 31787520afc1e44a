"""Answers in parts by hand: aiokafka, a task for each answer, a record for each part."""

import asyncio
import json
import os
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

ADDRESS = os.environ["BENCH_BROKER"]
PARTITIONS = 4


async def make_topics() -> None:
    """Once."""
    admin = AIOKafkaAdminClient(bootstrap_servers=ADDRESS)
    await admin.start()
    topics = [NewTopic(f"bench.{name}", PARTITIONS, 1) for name in ("requests", "replies")]
    await admin.create_topics(topics)
    await admin.close()


async def main() -> None:
    """Serve for ever."""
    await make_topics()
    producer = AIOKafkaProducer(bootstrap_servers=ADDRESS)
    consumer = AIOKafkaConsumer("bench.requests", bootstrap_servers=ADDRESS, group_id="bench")
    await producer.start()
    await consumer.start()
    running: dict[bytes, asyncio.Task[None]] = {}

    async def send(key: bytes, event: bytes, value: dict[str, Any]) -> None:
        await producer.send(
            "bench.replies", key=key, value=json.dumps(value).encode(), headers=[("event", event)]
        )

    async def tell(key: bytes, question: dict[str, Any]) -> None:
        for number in range(question["words"]):
            await send(key, b"part", {"number": number, "word": "x" * question["size"]})
            await asyncio.sleep(question["seconds"])
        await send(key, b"end", {"words": question["words"]})

    print("ready", flush=True)
    async for message in consumer:
        if message.value:
            running[message.key] = asyncio.create_task(tell(message.key, json.loads(message.value)))
        else:
            # The client has left.
            running.pop(message.key).cancel()


uvloop.run(main())
