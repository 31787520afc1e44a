"""gRPC by hand: grpcio on asyncio, and a message without fields."""

import asyncio
import os

import grpc


async def ping(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
    """Answer."""
    return request


async def main() -> None:
    """Serve for ever."""
    server = grpc.aio.server()
    handlers = {"Ping": grpc.unary_unary_rpc_method_handler(ping)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Bench", handlers),))
    server.add_insecure_port(os.environ["BENCH_ADDRESS"])
    await server.start()
    print("ready", flush=True)
    await server.wait_for_termination()


asyncio.run(main())
