"""A server with OpenAI's API that does what a test scripts, on a real socket."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from service_runtime.language.remote import RemoteEngine

Connection = asyncio.StreamWriter
Script = Callable[[Connection], Awaitable[None]]


@dataclass(slots=True)
class Server:
    """What is known of a server that runs.

    Attributes:
        url: Of its API.
        asked: The bodies of all requests.
        headers: Those of the last request, in lower case.
        left: How many clients closed their connection before their answer was at its end.
    """

    url: str = ""
    asked: list[Any] = field(default_factory=list[Any])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    left: int = 0


@asynccontextmanager
async def serving(script: Script) -> AsyncGenerator[Server]:
    """Answer each request as the script does; the connection ends with it."""
    server = Server()
    answers: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: Connection) -> None:
        answers.add(asyncio.create_task(serve(reader, writer)))

    async def serve(reader: asyncio.StreamReader, writer: Connection) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.split(": ", 1) for line in head[1:] if line)
        server.headers = {name.lower(): value for name, value in pairs}
        size = int(server.headers.get("content-length", 0))
        server.asked.append(json.loads(await reader.readexactly(size)))
        answering = asyncio.ensure_future(script(writer))
        leaving = asyncio.ensure_future(reader.read())
        done, _ = await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        if answering not in done:
            server.left += 1
        for task in (answering, leaving):
            task.cancel()
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()
        await asyncio.gather(*answers)


@asynccontextmanager
async def engine(script: Script, *, idle: float = 5) -> AsyncGenerator[tuple[RemoteEngine, Server]]:
    """An engine that asks a scripted server."""
    async with (
        serving(script) as server,
        RemoteEngine.open(server.url, "secret", model="m", context=100, idle=idle) as opened,
    ):
        yield opened, server


async def send(writer: Connection, text: str) -> None:
    """Send it now."""
    writer.write(text.encode())
    await writer.drain()


async def begin(writer: Connection) -> None:
    """Begin a stream, which ends with the connection."""
    await send(writer, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
    await send(writer, "connection: close\r\ntransfer-encoding: chunked\r\n\r\n")


async def event(writer: Connection, data: object) -> None:
    """Send an event; a string is sent as it is."""
    text = f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"
    await send(writer, f"{len(text.encode()):x}\r\n{text}\r\n")


async def end(writer: Connection) -> None:
    """End a stream as it should."""
    await event(writer, "[DONE]")
    await send(writer, "0\r\n\r\n")


def chunk(text: str = "", finish: str | None = None) -> dict[str, Any]:
    """A chunk of an answer."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}


def counted(prompt: int, completion: int) -> dict[str, Any]:
    """The chunk that tells what an answer took."""
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    return {**chunk(), "choices": [], "usage": usage}


def status(code: int, error: object, headers: Mapping[str, str] | None = None) -> Script:
    """Refuses each request."""
    body = json.dumps({"error": error})
    lines = [f"{name}: {value}\r\n" for name, value in (headers or {}).items()]

    async def refuse(writer: Connection) -> None:
        await send(
            writer,
            f"HTTP/1.1 {code} Refused\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n{''.join(lines)}\r\n{body}",
        )

    return refuse
