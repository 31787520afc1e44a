"""A server with OpenAI's API, and all that it may do instead of answering."""

import asyncio
import email.utils
import json
import socket
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from service_runtime.calls.problem import Problem
from service_runtime.language.engine import End, Message, Question, Token, Usage
from service_runtime.language.remote import RemoteEngine
from service_runtime.testing import becomes
from structlog.testing import capture_logs

from .server import Connection, Script, begin, chunk, counted, end, engine, event, send, status

QUESTION = Question(
    messages=[Message("system", "Be brief."), Message("user", "Hello?")],
    max_tokens=5,
    temperature=0.5,
    stop=["."],
)


async def told(answer: AsyncGenerator[Token | End]) -> tuple[list[Token | End], Problem]:
    """What came of an answer before its problem."""
    items: list[Token | End] = []
    try:
        async for item in answer:
            items.append(item)  # noqa: PERF401 (what came before the problem counts)
    except Problem as problem:
        return items, problem
    raise AssertionError(items)


async def test_tokens_come_as_they_are_made_and_the_end_says_what_it_took() -> None:
    go_on = asyncio.Event()

    async def script(writer: Connection) -> None:
        await begin(writer)
        await event(writer, chunk("Hel"))
        await go_on.wait()
        await event(writer, chunk("lo"))
        await event(writer, chunk(finish="stop"))
        await event(writer, counted(7, 2))
        await end(writer)

    async with engine(script) as (asked, server):
        answer = asked.answer(QUESTION)
        assert await anext(answer) == Token("Hel")
        go_on.set()
        rest = [item async for item in answer]
    assert rest == [Token("lo"), End("stop", Usage(7, 2))]
    assert server.headers["authorization"] == "Bearer secret"
    assert server.asked == [
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Hello?"},
            ],
            "max_tokens": 5,
            "temperature": 0.5,
            "stop": ["."],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]


async def test_a_connection_that_the_server_may_be_closing_is_not_used_again() -> None:
    async def script(writer: Connection) -> None:
        await send(writer, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
        await send(writer, "transfer-encoding: chunked\r\n\r\n")
        await event(writer, chunk(finish="stop"))
        await end(writer)
        # As if a second question crossed the end of the connection: nobody reads it.
        await asyncio.Event().wait()

    async with engine(script, idle=1) as (asked, server):
        for _ in range(2):
            assert [item async for item in asked.answer(QUESTION)] == [End("stop", None)]
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("said", "finish"), [("length", "length"), ("content_filter", "filter"), ("stop", "stop")]
)
async def test_a_server_need_not_count_and_says_why_it_ends(said: str, finish: str) -> None:
    async def script(writer: Connection) -> None:
        await begin(writer)
        await event(writer, chunk("x", said))
        await end(writer)

    async with engine(script) as (asked, _):
        items = [item async for item in asked.answer(QUESTION)]
    assert items == [Token("x"), End(finish, None)]  # pyright: ignore[reportArgumentType]


async def test_who_leaves_ends_the_request() -> None:
    async def script(writer: Connection) -> None:
        await begin(writer)
        await event(writer, chunk("x"))
        await asyncio.Event().wait()

    async with engine(script) as (asked, server):
        answer = asked.answer(QUESTION)
        assert await anext(answer) == Token("x")
        await answer.aclose()
        await becomes(lambda: server.left, 1)


async def test_a_silent_server_has_its_time() -> None:
    async def script(_: Connection) -> None:
        await asyncio.Event().wait()

    async with engine(script, idle=0.1) as (asked, _):
        items, problem = await told(asked.answer(QUESTION))
    assert (items, problem.code) == ([], "deadline_exceeded")


async def test_a_server_that_falls_silent_in_an_answer_has_the_same() -> None:
    async def script(writer: Connection) -> None:
        await begin(writer)
        await event(writer, chunk("x"))
        await asyncio.Event().wait()

    async with engine(script, idle=1) as (asked, _):
        items, problem = await told(asked.answer(QUESTION))
    assert (items, problem.code) == ([Token("x")], "deadline_exceeded")


async def test_a_slow_server_is_no_silent_one() -> None:
    async def script(writer: Connection) -> None:
        await begin(writer)
        for _ in range(12):
            await asyncio.sleep(0.1)
            await event(writer, chunk("x"))
        await event(writer, chunk(finish="stop"))
        await end(writer)

    async with engine(script, idle=1) as (asked, _):
        items = [item async for item in asked.answer(QUESTION)]
    assert len(items) == 13


async def cut(writer: Connection) -> None:
    """The connection breaks."""
    await begin(writer)
    await event(writer, chunk("x"))


async def early(writer: Connection) -> None:
    """The stream ends in order, and the answer does not."""
    await begin(writer)
    await event(writer, chunk("x"))
    await end(writer)


async def no_json(writer: Connection) -> None:
    await begin(writer)
    await event(writer, chunk("x"))
    await event(writer, '{"choices": [{"delta"')


async def no_utf8(writer: Connection) -> None:
    await begin(writer)
    await event(writer, chunk("x"))
    writer.write(b"9\r\ndata: \xff\n\n\r\n")


async def other_json(writer: Connection) -> None:
    await begin(writer)
    await event(writer, chunk("x"))
    await event(writer, {"choices": [{"delta": {"content": ["y"]}}]})


async def no_object(writer: Connection) -> None:
    await begin(writer)
    await event(writer, chunk("x"))
    await event(writer, "[1, 2]")


async def an_error(writer: Connection) -> None:
    await begin(writer)
    await event(writer, chunk("x"))
    await event(writer, {"error": {"message": "out of memory", "type": "server_error"}})


@pytest.mark.parametrize("script", [cut, early, no_json, no_utf8, other_json, no_object, an_error])
async def test_an_answer_that_breaks_off_is_no_answer(script: Script) -> None:
    async with engine(script) as (asked, _):
        items, problem = await told(asked.answer(QUESTION))
    assert items == [Token("x")]
    assert (problem.code, problem.retry_after) == ("unavailable", 1)


async def test_a_page_is_no_answer() -> None:
    async def script(writer: Connection) -> None:
        await send(writer, "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n")
        await send(writer, "content-length: 13\r\n\r\n<html></html>")

    async with engine(script) as (asked, _):
        items, problem = await told(asked.answer(QUESTION))
    assert (items, problem.code) == ([], "unavailable")


async def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://ada:sesame@127.0.0.1:{free.getsockname()[1]}/v1"
        with capture_logs() as logs:
            async with RemoteEngine.open(url, "k", model="m", context=9, idle=1) as asked:
                _, problem = await told(asked.answer(QUESTION))
    assert (problem.code, problem.retry_after) == ("unavailable", 1)
    assert "127.0.0.1" in json.dumps(logs)
    assert "sesame" not in json.dumps(logs)


async def test_a_connection_that_does_not_come_about_has_asked_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service_runtime.language.remote.CONNECT_SECONDS", 0.1)
    with socket.socket() as silent:
        # Nobody greets back, as TLS wants it.
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/v1"
        async with RemoteEngine.open(url, "k", model="m", context=9, idle=60) as asked:
            _, problem = await told(asked.answer(QUESTION))
    assert (problem.code, problem.retry_after) == ("unavailable", 1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("", 1),
        ("soon", 1),
        ("0", 1),
        ("inf", 86400),
        ("nan", 1),
        ("Mon, 01 Jan 99999 00:00:00 GMT", 1),
    ],
)
async def test_a_busy_server_says_when_to_come_back(header: str, seconds: float) -> None:
    assert await refused(header) == seconds


async def test_a_busy_server_says_the_moment_to_come_back() -> None:
    until = int(time.time()) + 3600
    seconds = await refused(email.utils.formatdate(until, usegmt=True))
    assert until - time.time() <= seconds <= 3600


async def refused(header: str) -> float:
    """What is said of coming back where a server is busy, and says `header` of that."""
    script = status(429, {"message": "slow down"}, {"retry-after": header})
    async with engine(script) as (asked, server):
        _, problem = await told(asked.answer(QUESTION))
    assert problem.code == "resource_exhausted"
    assert len(server.asked) == 1
    assert problem.retry_after is not None
    return problem.retry_after


OPENAI = "This model's maximum context length is {} tokens. However, you"
LENGTHS = [
    {"message": "too long", "code": "context_length_exceeded"},
    {"message": f"{OPENAI.format(8)} your messages resulted in 9 tokens."},
    {"message": "request (9 tokens) exceeds", "type": "exceed_context_size_error", "code": 400},
    {"message": "the request exceeds the available context size", "type": "invalid_request_error"},
    {"message": "The decoder prompt (length 9) is longer than the maximum model length of 8."},
    {"message": "The input (9 tokens) is longer than the model's context length (8 tokens)."},
    {"message": "The prompt is too large for a model with 8 tokens of maximum context length."},
    {"message": "The conversation exceeds the maximum context length"},
    {"message": f"{OPENAI.format('131,072')} your messages resulted in 131,080 tokens."},
]
LENGTHS_WITH_ANSWER = [
    f"{OPENAI.format(8)} requested 9 tokens (4 in the messages, 5 in the completion).",
    f"{OPENAI.format(8)} requested 5 output tokens and your prompt contains at least 4 input tokens",
    "'max_tokens' is too large: 5. This model's maximum context length is 8 tokens (5 > 8 - 4).",
    "Requested token count exceeds the model's maximum context length of 8 tokens. You requested 9",
]


@pytest.mark.parametrize("error", LENGTHS)
async def test_a_conversation_that_the_server_finds_too_long(error: dict[str, Any]) -> None:
    async with engine(status(400, error)) as (asked, _):
        _, problem = await told(asked.answer(QUESTION))
    assert problem.code == "invalid_argument"
    assert [error["pointer"] for error in problem.errors] == ["/messages"]
    assert problem.detail == "the conversation is longer than the language model takes"


@pytest.mark.parametrize("message", LENGTHS_WITH_ANSWER)
async def test_a_conversation_that_the_server_finds_too_long_with_its_answer(message: str) -> None:
    async with engine(status(400, {"message": message})) as (asked, _):
        _, problem = await told(asked.answer(QUESTION))
    assert problem.code == "invalid_argument"
    assert [error["pointer"] for error in problem.errors] == ["/messages"]
    assert "with an answer of 5 tokens" in problem.detail


async def test_that_no_conversation_fits_beside_an_answer_is_no_fault_of_its_caller() -> None:
    message = f"{OPENAI.format(5)} requested 5 output tokens and your prompt contains at least 1"
    with capture_logs() as logs:
        async with engine(status(400, {"message": message})) as (asked, _):
            _, problem = await told(asked.answer(QUESTION))
    assert problem.code == "internal"
    assert message in json.dumps(logs)


@pytest.mark.parametrize(
    ("code", "outside", "inside"),
    [
        (401, "unavailable", "LANGUAGE_API_KEY"),
        (403, "unavailable", "LANGUAGE_API_KEY"),
        (404, "unavailable", "LANGUAGE_MODEL"),
        (400, "internal", "sesame"),
        (500, "unavailable", "sesame"),
        (503, "unavailable", "sesame"),
    ],
)
async def test_what_is_wrong_stands_in_the_log(code: int, outside: str, inside: str) -> None:
    with capture_logs() as logs:
        async with engine(status(code, {"message": "sesame"})) as (asked, _):
            _, problem = await told(asked.answer(QUESTION))
    assert problem.code == outside
    assert "sesame" not in problem.detail
    assert inside in json.dumps(logs)
    assert "secret" not in json.dumps(logs)


async def test_what_cannot_fit_is_not_sent() -> None:
    # Three bytes each.
    fits = Question(messages=[Message("user", "न" * 799)], max_tokens=1)
    not_at_all = Question(messages=[Message("user", "x" * 400)] * 2, max_tokens=1)
    async with engine(cut) as (asked, server):
        await asked.check(fits)
        with pytest.raises(Problem) as caught:
            await asked.check(not_at_all)
    assert caught.value.code == "invalid_argument"
    assert server.asked == []
