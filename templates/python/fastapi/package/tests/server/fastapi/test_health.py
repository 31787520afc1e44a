"""Alive, ready, measured."""

from tests.server.fastapi.conftest import Serve


async def test_ready_while_the_resources_are(serve: Serve) -> None:
    probed = await serve()
    assert (await probed.client.get("/readyz")).json() == {"status": "ready"}
    probed.resources.broken = "the model did not load"
    response = await probed.client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["detail"] == "the model did not load"
    assert (await probed.client.get("/livez")).status_code == 200


async def test_calls_are_measured(serve: Serve) -> None:
    probed = await serve()
    await probed.client.post("/operations/count", json={})
    await probed.client.post("/operations/fail", json={})
    text = (await probed.client.get("/metrics")).text
    assert 'service_call_duration_seconds_count{code="ok",operation="count"}' in text
    assert 'service_call_duration_seconds_count{code="internal",operation="fail"}' in text
