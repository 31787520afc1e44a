"""Who may come in, with how much, and what is reported of the service."""

from collections.abc import AsyncIterator

import pytest

from tests.server.fastapi.conftest import Serve


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", "Basic token-of-the-tests", "token-of-the-tests"],
)
async def test_without_the_token_nothing_runs(serve: Serve, authorization: str) -> None:
    probed = await serve()
    response = await probed.client.post(
        "/operations/count", content="not even JSON", headers={"authorization": authorization}
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["code"] == "unauthenticated"
    assert probed.resources.runs == 0


async def test_what_is_not_there_is_not_shown_to_strangers(serve: Serve) -> None:
    probed = await serve()
    stranger = await probed.client.get("/nothing", headers={"authorization": ""})
    known = await probed.client.get("/nothing")
    assert (stranger.status_code, known.status_code) == (401, 404)


async def test_health_and_metrics_need_no_token(serve: Serve) -> None:
    probed = await serve()
    for path in ("/livez", "/readyz", "/metrics"):
        response = await probed.client.get(path, headers={"authorization": ""})
        assert response.status_code == 200


@pytest.mark.parametrize(("app_env", "status"), [("development", 200), ("production", 404)])
async def test_the_documentation_is_for_development(
    serve: Serve, app_env: str, status: int
) -> None:
    probed = await serve(app_env=app_env)
    for path in ("/docs", "/openapi.json"):
        assert (await probed.client.get(path)).status_code == status


async def test_an_announced_body_is_refused_before_it_is_sent(serve: Serve) -> None:
    probed = await serve(max_body_bytes=1000)
    response = await probed.client.post("/operations/count", content=b"x" * 1001)
    assert response.status_code == 413
    problem = response.json()
    assert (problem["code"], problem["status"]) == ("invalid_argument", 413)


async def test_a_body_without_a_length_is_counted(serve: Serve) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    probed = await serve(max_body_bytes=1000)
    response = await probed.client.post("/operations/count", content=endless())
    assert response.status_code == 413
    assert probed.resources.runs == 0


async def test_a_body_of_just_the_limit_passes(serve: Serve) -> None:
    probed = await serve(max_body_bytes=1000)
    body = b'{"value": 1}'.ljust(1000)
    response = await probed.client.post(
        "/operations/count", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code == 200


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
