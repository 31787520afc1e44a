"""Routes as a person adds them: what holds for all of them, and what one line adds."""

import asyncio

import pytest
from fastapi import APIRouter, HTTPException, Request
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel
from service_runtime.calls.call import Call
from service_runtime.server.fastapi import Caller

from tests.server.fastapi.conftest import Serve

shop = APIRouter(prefix="/shop")
runs: list[str] = []


class Order(BaseModel):
    item: str


@shop.get("/orders/{order}")
async def look(order: int) -> Order:
    if order == 0:
        raise HTTPException(404, "there is no such order")
    if order == 1:
        raise HTTPException(418, "a teapot", headers={"x-tea": "green"})
    if order == 5:
        raise RuntimeError("nobody expects it")
    return Order(item=str(order))


@shop.post("/orders/{order}/cancel")
async def cancel(order: int, body: Order, caller: Caller) -> int:
    async def work(call: Call) -> int:
        runs.append(body.item)
        if order == 0:
            raise HTTPException(409, "it is on its way")
        await asyncio.sleep(order / 100)
        return len(runs) if call.remaining() else -1

    return await caller.guard("cancel", work, once=True)


@shop.post("/raw")
async def raw(request: Request, caller: Caller) -> str:
    async def work(_call: Call) -> str:
        return (await request.body()).decode()

    return await caller.guard("raw", work)


@pytest.fixture(autouse=True)
def _none_ran() -> None:
    runs.clear()


async def test_they_are_behind_the_token_and_the_body_limit(serve: Serve) -> None:
    probed = await serve(shop, max_body_bytes=100)
    response = await probed.client.get("/shop/orders/7", headers={"authorization": ""})
    assert response.status_code == 401
    response = await probed.client.post("/shop/raw", content="x" * 101)
    assert (response.status_code, response.json()["status"]) == (413, 413)


async def test_what_they_raise_leaves_as_a_problem(serve: Serve) -> None:
    probed = await serve(shop)
    missing = await probed.client.get("/shop/orders/0")
    assert missing.headers["content-type"] == "application/problem+json"
    assert (missing.json()["code"], missing.json()["detail"]) == (
        "not_found",
        "there is no such order",
    )
    teapot = await probed.client.get("/shop/orders/1")
    assert (teapot.status_code, teapot.headers["x-tea"]) == (418, "green")
    wrong = await probed.client.get("/shop/orders/seven")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_argument")


async def test_they_are_measured_by_their_whole_path(serve: Serve) -> None:
    probed = await serve(shop)
    await probed.client.get("/shop/orders/7")
    await probed.client.get("/shop/orders/0")
    await probed.client.get("/shop/orders/5")
    text = (await probed.client.get("/metrics")).text
    name = "service_request_duration_seconds_count"
    for status in (200, 404, 500):
        assert f'{name}{{method="GET",route="/shop/orders/{{order}}",status="{status}"}}' in text


async def test_a_guarded_route_has_a_deadline_a_span_and_a_metric(
    serve: Serve, spans: InMemorySpanExporter
) -> None:
    probed = await serve(shop)
    late = await probed.client.post(
        "/shop/orders/6000/cancel", json={"item": "tea"}, headers={"request-timeout-ms": "100"}
    )
    assert (late.status_code, late.json()["code"]) == (504, "deadline_exceeded")
    assert [span.name for span in spans.get_finished_spans()] == ["cancel probe"]
    text = (await probed.client.get("/metrics")).text
    assert "service_calls_running 0.0" in text
    name = "service_call_duration_seconds_count"
    assert f'{name}{{code="deadline_exceeded",operation="cancel"}}' in text


async def test_a_guarded_request_that_comes_again_is_done_once(serve: Serve) -> None:
    probed = await serve(shop)
    headers = {"idempotency-key": "k"}
    first, again = [
        await probed.client.post("/shop/orders/2/cancel", json={"item": "a"}, headers=headers)
        for _ in range(2)
    ]
    assert (first.text, again.text, runs) == ("1", "1", ["a"])
    other = await probed.client.post("/shop/orders/2/cancel", json={"item": "b"}, headers=headers)
    assert other.json()["code"] == "conflict"
    for count, path in enumerate(("/shop/orders/3/cancel", "/shop/orders/2/cancel?again"), 2):
        elsewhere = await probed.client.post(path, json={"item": "a"}, headers=headers)
        assert (elsewhere.text, len(runs)) == (str(count), count)


async def test_a_guarded_route_may_raise_as_any_other(serve: Serve) -> None:
    probed = await serve(shop)
    refused = await probed.client.post("/shop/orders/0/cancel", json={"item": "tea"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_a_guarded_route_may_read_its_request_itself(serve: Serve) -> None:
    probed = await serve(shop)
    async with asyncio.timeout(20):
        response = await probed.client.post("/shop/raw", content="as it is")
    assert response.json() == "as it is"
