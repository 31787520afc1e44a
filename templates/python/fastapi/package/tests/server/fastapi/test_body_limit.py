"""How large a request may be."""

from collections.abc import AsyncIterator

from tests.server.fastapi.conftest import Serve


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
