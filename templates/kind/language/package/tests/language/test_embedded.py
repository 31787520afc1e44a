"""The model that is installed, for real."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio
from service_runtime.calls.problem import Problem
from service_runtime.language.embedded import EmbeddedEngine, ModelError
from service_runtime.language.engine import End, Message, Question, Token
from service_runtime.language.model import LanguageModel
from service_runtime.language.settings import LanguageSettings
from service_runtime.language.turns import Turns

HELLO = Message("user", "Say hello to Ada.")
STORY = Message("user", "Tell a long story about the sea.")
CONTEXT = 512


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncGenerator[EmbeddedEngine]:
    """One for all tests: it takes a second to load."""
    async with EmbeddedEngine.open(None, context=CONTEXT, places=2, threads=1, idle=60) as opened:
        yield opened


def question(message: Message, max_tokens: int, stop: list[str] | None = None) -> Question:
    return Question([message], max_tokens, temperature=0, stop=stop or [])


async def items_of(answer: AsyncGenerator[Token | End]) -> list[Token | End]:
    return [item async for item in answer]


def text_of(items: list[Token | End]) -> str:
    return "".join(item.text for item in items if isinstance(item, Token))


def end_of(items: list[Token | End]) -> End:
    *tokens, end = items
    assert isinstance(end, End)
    assert all(isinstance(token, Token) for token in tokens)
    return end


async def test_an_answer_is_tokens_and_their_end(engine: EmbeddedEngine) -> None:
    items = await items_of(engine.answer(question(HELLO, 6)))
    end = end_of(items)
    assert end.finish == "length"
    assert end.usage is not None
    assert end.usage.completion == 6
    assert end.usage.prompt > 5
    assert len(items) > 3
    assert engine.model == "SmolLM2-135M-Instruct.Q4_1"


async def test_the_most_probable_answer_is_the_same_each_time(engine: EmbeddedEngine) -> None:
    first = await items_of(engine.answer(question(HELLO, 8)))
    second = await items_of(engine.answer(question(HELLO, 8)))
    assert text_of(first) == text_of(second) != ""


async def test_it_ends_before_a_text_that_stops_it(engine: EmbeddedEngine) -> None:
    whole = text_of(await items_of(engine.answer(question(HELLO, 12))))
    word = whole.split()[2]
    items = await items_of(engine.answer(question(HELLO, 12, stop=[word])))
    assert end_of(items).finish == "stop"
    assert text_of(items) == whole[: whole.index(word)]


async def test_tokens_come_before_the_answer_is_at_its_end(engine: EmbeddedEngine) -> None:
    # What was computed by then, in the seconds of this process: others take none of those.
    computed = [time.process_time()]
    async for _ in engine.answer(question(STORY, 48)):
        computed.append(time.process_time())  # noqa: PERF401 (when it came counts)
    begin, first, *_, end = computed
    assert end - first > (end - begin) / 2


async def test_two_are_answered_at_once(engine: EmbeddedEngine) -> None:
    whose: list[int] = []

    async def take(number: int) -> None:
        async for _ in engine.answer(question(STORY, 24)):
            whose.append(number)  # noqa: PERF401 (the order of both counts)

    await asyncio.gather(take(1), take(2))
    first_to_end = min(len(whose) - whose[::-1].index(number) for number in (1, 2))
    assert set(whose[: first_to_end - 1]) == {1, 2}


async def test_who_leaves_frees_the_place() -> None:
    async with EmbeddedEngine.open(None, context=1024, places=1, threads=1, idle=60) as engine:
        started = time.monotonic()
        whole = await items_of(engine.answer(question(STORY, 200)))
        seconds = time.monotonic() - started
        assert len(whole) > 100
        started = time.monotonic()
        async with aclosing(engine.answer(question(STORY, 200))) as items:
            assert isinstance(await anext(items), Token)
        # There is one place, which that answer had.
        await items_of(engine.answer(question(HELLO, 1)))
        assert time.monotonic() - started < seconds / 2


async def test_a_conversation_is_counted_before_it_is_asked(engine: EmbeddedEngine) -> None:
    await engine.check(question(Message("user", "sea " * (CONTEXT - 100)), 1))
    with pytest.raises(Problem) as caught:
        await engine.check(question(Message("user", "sea " * CONTEXT), 1))
    assert caught.value.code == "invalid_argument"
    assert [error["pointer"] for error in caught.value.errors] == ["/messages"]
    assert str(CONTEXT) in caught.value.detail


async def test_a_conversation_that_was_not_counted_is_refused_the_same(
    engine: EmbeddedEngine,
) -> None:
    with pytest.raises(Problem) as caught:
        await items_of(engine.answer(question(Message("user", "sea " * CONTEXT), 1)))
    assert caught.value.code == "invalid_argument"


async def test_a_proxy_is_not_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with EmbeddedEngine.open(None, context=128, places=1, threads=1, idle=60) as engine:
        await engine.ready()
        await engine.check(question(HELLO, 1))
        assert end_of(await items_of(engine.answer(question(HELLO, 1)))).finish == "length"


async def test_a_broken_model_says_which(tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF and nothing else")
    with pytest.raises(ModelError, match=r"broken\.gguf"):
        async with EmbeddedEngine.open(file, context=64, places=1, threads=1, idle=1):
            pass


async def test_the_prompt_stands_before_each_conversation(engine: EmbeddedEngine) -> None:
    def language(prompt: str) -> LanguageModel:
        return LanguageModel(engine, prompt, Turns(1, 0, 5), max_tokens=4)

    ends = [
        end_of(await items_of(language(prompt).answer([HELLO], temperature=0)))
        for prompt in ("Be brief.", "Be brief, and speak of the sea and of nothing else.")
    ]
    short, long = [end.usage.prompt for end in ends if end.usage is not None]
    assert short < long


async def test_the_last_word_is_the_users(engine: EmbeddedEngine) -> None:
    language = LanguageModel(engine, "Be brief.", Turns(1, 0, 5), max_tokens=4)
    with pytest.raises(Problem) as caught:
        await items_of(language.answer([HELLO, Message("assistant", "Hello")]))
    assert [error["pointer"] for error in caught.value.errors] == ["/messages/1/role"]


async def test_a_busy_model_sends_away_who_does_not_fit(engine: EmbeddedEngine) -> None:
    language = LanguageModel(engine, "Be brief.", Turns(1, 0, 5), max_tokens=4)
    async with aclosing(language.answer([HELLO])) as first:
        assert isinstance(await anext(first), Token)
        with pytest.raises(Problem) as caught:
            await items_of(language.answer([HELLO]))
    assert (caught.value.code, caught.value.retry_after) == ("resource_exhausted", 5)
    assert end_of(await items_of(language.answer([HELLO]))).finish == "length"


async def test_a_server_goes_with_the_name_of_a_model() -> None:
    with pytest.raises(ValueError, match="LANGUAGE_MODEL"):
        LanguageSettings.model_validate({"language_base_url": "http://127.0.0.1:1/v1"})
