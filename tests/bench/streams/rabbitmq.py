"""Answers in parts by hand: aio-pika, a message for each part."""

import asyncio
import json
import os
from typing import Any

import aio_pika
import uvloop
from aio_pika.abc import AbstractIncomingMessage


async def main() -> None:
    """Serve for ever."""
    connection = await aio_pika.connect(os.environ["BENCH_BROKER"])
    channel = await connection.channel(publisher_confirms=False)
    queue = await channel.declare_queue("bench.requests")
    running: dict[str | None, asyncio.Task[None] | None] = {}

    async def tell(request: AbstractIncomingMessage) -> None:
        if request.type == "cancel":
            # The client has left.
            if task := running.pop(request.correlation_id):
                task.cancel()
            return
        running[request.correlation_id] = asyncio.current_task()

        async def send(event: str, value: dict[str, Any]) -> None:
            message = aio_pika.Message(
                json.dumps(value).encode(), type=event, correlation_id=request.correlation_id
            )
            await channel.default_exchange.publish(message, request.reply_to or "")

        question = json.loads(request.body)
        for number in range(question["words"]):
            await send("part", {"number": number, "word": "x" * question["size"]})
            await asyncio.sleep(question["seconds"])
        await send("end", {"words": question["words"]})

    await queue.consume(tell, no_ack=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


uvloop.run(main())
