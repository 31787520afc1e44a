"""The probe behind FastAPI. Run as a program, it serves like a real service:

python -m tests.server.fastapi.served
"""

from fastapi import APIRouter, FastAPI
from opentelemetry import trace
from service_runtime.observability import logs
from service_runtime.server.fastapi.app import serve_lifecycle
from service_runtime.server.fastapi.caller import Caller
from service_runtime.server.fastapi.server import serve
from service_runtime.settings import ServiceSettings, load

from tests.probe import COUNT, FAIL, WAIT, Number, Seconds, probe

router = APIRouter()


@router.post("/operations/count")
async def post_count(payload: Number, caller: Caller) -> Number:
    return await caller.run(COUNT, payload)


@router.post("/operations/wait")
async def post_wait(payload: Seconds, caller: Caller) -> Seconds:
    return await caller.run(WAIT, payload)


@router.post("/operations/fail")
async def post_fail(payload: Number, caller: Caller) -> Number:
    return await caller.run(FAIL, payload)


def create_app() -> FastAPI:
    environment = load(ServiceSettings)
    logs.configure("INFO", pretty=False)
    return serve_lifecycle(probe(environment, trace.get_tracer(__name__)), [router])


if __name__ == "__main__":
    serve(create_app())
