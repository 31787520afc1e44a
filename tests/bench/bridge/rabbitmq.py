"""RabbitMQ by hand: aio-pika, a durable queue, an acknowledgement for each message."""

import asyncio
import os

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

PREFETCH = 300


async def main() -> None:
    """Answer for ever."""
    connection = await aio_pika.connect(os.environ["BENCH_ADDRESS"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=PREFETCH)
    queue = await channel.declare_queue(
        "bench.requests", durable=True, arguments={"x-queue-type": "quorum"}
    )
    answers = await connection.channel(publisher_confirms=False)

    async def answer(message: AbstractIncomingMessage) -> None:
        await answers.default_exchange.publish(
            aio_pika.Message(
                message.body,
                content_type=message.content_type,
                correlation_id=message.correlation_id,
            ),
            routing_key=message.reply_to or "",
        )
        await message.ack()

    await queue.consume(answer)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
