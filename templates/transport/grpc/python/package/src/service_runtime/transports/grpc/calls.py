"""Calls and streams, from bytes to the service and back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import grpc
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem
from service_runtime.transports import Host
from service_runtime.transports.grpc import status
from service_runtime.transports.grpc.authentication import Handler
from service_runtime.transports.grpc.metadata import Context, incoming
from service_runtime.transports.grpc.method import Codec, Method

BEGINNING: Final = "0"
"""An id that no log ever gave: from the oldest event that is kept."""

_QUIET_SECONDS: Final = 15
"""Seconds after which a stream without events shows that somebody is there."""

_SIGN_OF_LIFE: Final = b""
"""A message without an event: who reads it passes it over."""


def handlers(host: Host, codec: Codec) -> grpc.GenericRpcHandler:
    """The methods of the contract. Messages stay bytes until what they say can be told apart."""
    methods: dict[str, Handler] = {
        method.name: grpc.unary_unary_rpc_method_handler(
            _Unary(host, host.operations[method.operation], method).answer
        )
        for method in codec.methods
    }
    methods["Events"] = grpc.unary_stream_rpc_method_handler(_Events(host, codec).stream)
    return grpc.method_handlers_generic_handler(codec.service, methods)


class _Unary:
    """An operation."""

    def __init__(self, host: Host, operation: Operation[Any, Any, Any], method: Method) -> None:
        self._host: Final = host
        self._operation: Final = operation
        self._method: Final = method

    async def answer(self, request: bytes, context: Context) -> bytes:
        try:
            # gRPC cancels this when the caller leaves and when its deadline passes.
            output = await self._host.service.run(
                self._operation, self._method.decode(request), incoming(context)
            )
            return self._method.encode(output)
        except Problem as problem:
            await status.abort(context, problem)


class _Events:
    """Events of the service."""

    def __init__(self, host: Host, codec: Codec) -> None:
        self._host: Final = host
        self._codec: Final = codec

    async def stream(self, request: bytes, context: Context) -> AsyncIterator[bytes]:
        # At once: who listens knows that the stream is open before there is an event.
        await context.send_initial_metadata(())
        after = self._codec.after(request) or BEGINNING
        records = self._host.service.events.after(after)
        while True:
            following = asyncio.ensure_future(anext(records, None))
            try:
                while not (await asyncio.wait({following}, timeout=_QUIET_SECONDS))[0]:
                    yield _SIGN_OF_LIFE
            finally:
                following.cancel()
            if (record := following.result()) is None:
                return
            yield self._codec.event(record)
