"""Connections to clients."""

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Connection(HttpToolsProtocol):
    """uvicorn's, whose answers leave in one piece.

    uvicorn writes the head of an answer and then its body. Each is a system call and a packet,
    which take longer than what makes most answers.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection over."""
        # uvloop's do not inherit from asyncio's.
        self._whole = _Whole(cast("asyncio.Transport", transport))
        super().connection_made(self._whole)

    def on_response_complete(self) -> None:
        """Send an answer that has no body, and go on to what is asked next."""
        self._whole.flush()
        super().on_response_complete()


class _Whole(asyncio.Transport):
    """Keeps the head of an answer until its body comes, where it says how long that is.

    As ASGI has it: no answer begins before the first part of its body. The head of a stream is
    sent nevertheless: it says that the stream is open.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport: Final = transport
        self._head: bytes | bytearray | memoryview = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._head:
            data = b"".join((self._head, data))
            self._head = b""
        elif data[:5] == b"HTTP/" and b"\r\ncontent-length: " in data:
            self._head = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send what is kept."""
        head, self._head = self._head, b""
        # Nobody reads it when the client is gone.
        if head and not self._transport.is_closing():
            self._transport.write(head)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (of asyncio)
        return self._transport.get_extra_info(name, default)
