"""Which engine answers, and what handlers are given of it."""

import pytest
from prometheus_client import REGISTRY
from service_runtime.calls.problem import Problem
from service_runtime.language.engine import End, Message, Token, Usage
from service_runtime.language.model import LanguageModel
from service_runtime.language.settings import NO_KEY, LanguageSettings

from .server import Connection, begin, chunk, counted, end, event, serving, status

HELLO = [Message("user", "Hello?")]


def settings(url: str, **more: object) -> LanguageSettings:
    return LanguageSettings.model_validate(
        {"language_base_url": url, "language_model": "m", **more}
    )


def tokens(of: str) -> float:
    return REGISTRY.get_sample_value("language_tokens_total", {"of": of}) or 0


async def greet(writer: Connection) -> None:
    await begin(writer)
    await event(writer, chunk("Hello"))
    await event(writer, chunk(finish="stop"))
    await event(writer, counted(7, 2))
    await end(writer)


async def test_a_url_is_all_that_puts_a_server_in_place_of_the_model_here() -> None:
    before = tokens("prompt"), tokens("completion")
    async with (
        serving(greet) as server,
        LanguageModel.open(settings(server.url, language_max_tokens=9), "Be brief.") as language,
    ):
        await language.ready()
        items = [item async for item in language.answer(HELLO)]
    assert language.name == "m"
    assert items == [Token("Hello"), End("stop", Usage(7, 2))]
    [asked] = server.asked
    assert asked["messages"][0] == {"role": "system", "content": "Be brief."}
    assert asked["max_tokens"] == 9
    assert "temperature" not in asked
    assert "stop" not in asked
    assert server.headers["authorization"] == f"Bearer {NO_KEY}"
    assert (tokens("prompt"), tokens("completion")) == (before[0] + 7, before[1] + 2)


async def test_no_caller_has_a_longer_answer_than_the_settings_allow() -> None:
    async with (
        serving(greet) as server,
        LanguageModel.open(settings(server.url, language_max_tokens=9), "Be brief.") as language,
    ):
        for wanted in (8, 10):
            assert [item async for item in language.answer(HELLO, max_tokens=wanted)]
    assert [asked["max_tokens"] for asked in server.asked] == [8, 9]


async def test_the_key_is_shown_to_the_server() -> None:
    async with (
        serving(greet) as server,
        LanguageModel.open(settings(server.url, language_api_key="sesame"), "Be brief.") as model,
    ):
        items = [item async for item in model.answer(HELLO, max_tokens=3, temperature=0)]
    assert len(items) == 2
    assert server.headers["authorization"] == "Bearer sesame"
    assert (server.asked[0]["max_tokens"], server.asked[0]["temperature"]) == (3, 0)


async def test_a_failure_gives_the_turn_back() -> None:
    busy = status(429, {"message": "slow down"}, {"retry-after": "3"})
    async with (
        serving(busy) as server,
        LanguageModel.open(
            settings(server.url, language_concurrency=1, language_queue=0), "Be brief."
        ) as language,
    ):
        for _ in range(2):
            with pytest.raises(Problem) as caught:
                await anext(language.answer(HELLO))
            # The server's own time, not that of the queue.
            assert (caught.value.code, caught.value.retry_after) == ("resource_exhausted", 3)
    assert len(server.asked) == 2


async def test_no_answer_ends_before_it_begins() -> None:
    async with (
        serving(greet) as server,
        LanguageModel.open(settings(server.url), "Be brief.") as language,
    ):
        with pytest.raises(Problem) as caught:
            await anext(language.answer(HELLO, stop=(".", "")))
    assert caught.value.code == "invalid_argument"
    assert [error["pointer"] for error in caught.value.errors] == ["/stop/1"]
    assert server.asked == []
