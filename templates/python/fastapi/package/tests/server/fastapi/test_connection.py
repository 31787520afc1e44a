"""Answers leave in one piece."""

import asyncio

from service_runtime.server.fastapi.connection import Connection
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

PART = b"x" * 1024


class Written(asyncio.Transport):
    """Remembers what was written, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.is_closed
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str, default: object = None) -> object:  # noqa: ARG002
        return default


def parts(number: int, *headers: tuple[bytes, bytes]) -> ASGIApp:
    """Answers with so many, one written after the other."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for left in reversed(range(number)):
            await send({"type": "http.response.body", "body": PART, "more_body": left > 0})

    return app


def size(of: int) -> tuple[bytes, bytes]:
    return (b"content-length", b"%d" % of)


async def asked(app: ASGIApp, transport: Written, method: bytes = b"GET") -> None:
    config = Config(app, http=Connection, ws="none", lifespan="off", log_config=None)
    config.load()
    connection = Connection(config, ServerState(), {})
    connection.connection_made(transport)
    connection.data_received(method + b" / HTTP/1.1\r\n\r\n")
    async with asyncio.timeout(20):
        while connection.tasks:
            await asyncio.sleep(0)


async def test_head_and_body_are_one_piece() -> None:
    transport = Written()
    await asked(parts(1, size(len(PART))), transport)
    (piece,) = transport.pieces
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\n\r\n" + PART)


async def test_an_answer_without_a_body_is_sent() -> None:
    transport = Written()
    await asked(parts(1, size(len(PART))), transport, b"HEAD")
    (piece,) = transport.pieces
    assert piece.endswith(b"\r\n\r\n")


async def test_the_head_of_a_stream_is_sent_before_its_parts() -> None:
    transport = Written()
    await asked(parts(2), transport)
    head, *rest = transport.pieces
    assert head.endswith(b"transfer-encoding: chunked\r\n\r\n")
    assert b"".join(rest).count(PART) == 2


async def test_what_is_kept_is_sent_before_the_end() -> None:
    transport = Written()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await parts(0, size(len(PART)))(scope, receive, send)
        raise ConnectionError

    await asked(app, transport)
    (piece,) = transport.pieces
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert transport.is_closed


async def test_what_is_not_http_is_refused() -> None:
    transport = Written()
    await asked(parts(0), transport, b"\0")
    (piece,) = transport.pieces
    assert piece.startswith(b"HTTP/1.1 400 ")
    assert transport.is_closed
