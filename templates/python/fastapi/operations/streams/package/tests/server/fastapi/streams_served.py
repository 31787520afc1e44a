"""The service that tells words, behind FastAPI. Run as a program, it serves like a real service:

python -m tests.server.fastapi.streams_served
"""

from fastapi import FastAPI
from opentelemetry.trace import NoOpTracer
from service_runtime.server.fastapi import operations
from service_runtime.server.fastapi.app import serve_lifecycle
from service_runtime.server.fastapi.server import serve
from service_runtime.server.lifecycle import Lifecycle
from service_runtime.settings import load

from tests.streams import TELLER, Resources, Settings


def create_app(lifecycle: Lifecycle[Settings, Resources]) -> FastAPI:
    return serve_lifecycle(lifecycle, [operations.routes(TELLER)])


if __name__ == "__main__":
    serve(create_app(Lifecycle(TELLER, load(Settings), NoOpTracer())))
