"""Answers in parts by hand: grpcio on asyncio, and the messages that are made of the contract."""

import asyncio
import os
from collections.abc import AsyncIterator

import grpc
import uvloop
from echo.grpc.stubs import contract_pb2 as pb


async def tell(
    request: pb.TellRequest, _context: grpc.aio.ServicerContext
) -> AsyncIterator[pb.TellResponse]:
    """Say words."""
    for number in range(request.words):
        yield pb.TellResponse(part=pb.TellPart(number=number, word="x" * request.size))
        await asyncio.sleep(request.seconds)
    yield pb.TellResponse(output=pb.TellOutput(words=request.words))


async def main() -> None:
    """Serve for ever."""
    server = grpc.aio.server()
    method = grpc.unary_stream_rpc_method_handler(
        tell, pb.TellRequest.FromString, pb.TellResponse.SerializeToString
    )
    handlers = grpc.method_handlers_generic_handler("bench.Bench", {"Tell": method})
    server.add_generic_rpc_handlers((handlers,))
    server.add_insecure_port(os.environ["BENCH_SERVICE"])
    await server.start()
    print("ready", flush=True)
    await server.wait_for_termination()


uvloop.run(main())
