"""Calls, jobs and events over a real RabbitMQ."""

import asyncio
import json
from itertools import count

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from pydantic import ValidationError
from service_runtime.calls.problem import Problem
from service_runtime.testing import becomes
from service_runtime.transports.rabbitmq import jobs, limits, open_transport, session
from service_runtime.transports.rabbitmq.calls import REPLIES
from service_runtime.transports.rabbitmq.session import Session, Take
from service_runtime.transports.rabbitmq.settings import RabbitmqSettings
from service_runtime.transports.rabbitmq.topology import Queue, Topology, declare, topology
from service_runtime.transports.signatures import Signatures

from tests.transports.rabbitmq_probe import (
    ADDRESS,
    BROKER,
    Settings,
    Work,
    Worked,
    host,
    order,
    serving,
    unique,
    until_ready,
)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_FIRST_PAUSE", 0.1)


@BROKER
async def test_a_call_is_answered() -> None:
    async with serving() as probe:
        media_type, headers, body = await probe.ask(Work(name="x"))
        assert (media_type, list(headers), body) == (
            "application/json",
            ["signature"],
            {"name": "x"},
        )


@BROKER
async def test_a_problem_is_the_answer_to_what_cannot_be_done() -> None:
    async with serving(max_concurrency=1, max_queue=0) as probe:
        media_type, _, problem = await probe.ask(Work(name="x", fails="not_found"))
        assert (media_type, problem["code"]) == ("application/problem+json", "not_found")
        first = asyncio.create_task(probe.ask(Work(name="slow", seconds=2)))
        await becomes(lambda: probe.begun.get("slow"), 1)
        _, headers, problem = await probe.ask(Work(name="y"))
        assert (problem["code"], headers["retry-after"]) == ("resource_exhausted", "1")
        await first


@BROKER
async def test_what_is_too_large_is_refused() -> None:
    async with serving(max_body_bytes=100) as probe:
        _, _, problem = await probe.ask(Work(name="x" * 100))
        assert problem["code"] == "invalid_argument"
        job = await probe.order(Work(name="x" * 100))
        assert (await probe.steps(job, "failed"))[-1] == "failed"
        assert probe.begun == {}


@BROKER
async def test_an_answer_that_is_too_large_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_MESSAGE_BYTES", 200)
    async with serving() as probe:
        _, _, problem = await probe.ask(Work(name="x" * 300))
        assert problem["code"] == "internal"
        job = await probe.order(Work(name="y" * 300))
        assert (await probe.steps(job, "failed"))[-1] == "failed"
        assert len(probe.begun) == 2


@BROKER
async def test_a_call_that_is_too_late_is_not_run() -> None:
    async with serving() as probe:
        late = asyncio.create_task(probe.ask(Work(name="late"), **{"request-deadline": "1"}))
        await probe.ask(Work(name="in time"))
        assert probe.begun == {"in time": 1}
        late.cancel()


@BROKER
async def test_a_job_is_done_and_told_of() -> None:
    async with serving() as probe:
        job = await probe.order(Work(name="x"))
        assert await probe.steps(job, "succeeded") == ["running", "succeeded"]
        assert probe.begun == {"x": 1}


@BROKER
async def test_a_job_that_fails_for_a_while_is_tried_again() -> None:
    async with serving() as probe:
        job = await probe.order(Work(name="x", fails="unavailable", times=2))
        neighbour = await probe.order(Work(name="y"))
        assert await probe.steps(neighbour, "succeeded")
        assert (await probe.steps(job, "succeeded"))[-1] == "succeeded"
        assert probe.begun == {"x": 3, "y": 1}


@BROKER
async def test_a_job_that_fails_for_ever_is_a_dead_letter() -> None:
    async with serving(job_tries=2) as probe:
        job = await probe.order(Work(name="x", fails="internal"))
        assert (await probe.steps(job, "failed"))[-1] == "failed"
        letter = await probe.dead()
        assert json.loads(letter.body)["name"] == "x"
        assert letter.headers["dead-origin"] == probe.names.orders.name
        assert letter.headers["dead-tries"] == "2"
        assert "internal" in str(letter.headers["dead-error"])
        assert probe.begun == {"x": 2}


@BROKER
async def test_a_job_that_ends_process_after_process_is_a_dead_letter() -> None:
    namespace, begun, job = unique(), dict[str, int](), ""
    names = topology(namespace, "probe")
    async with await aio_pika.connect(ADDRESS) as connection:
        channel = await connection.channel(publisher_confirms=False)
        for process in (1, 2):
            async with open_transport(host(namespace, begun, job_tries=2)) as transport:
                await until_ready(transport)
                if not job:
                    job = await order(channel, names, Work(name="x", seconds=9))
                await becomes(lambda: begun.get("x"), process)
    async with serving(namespace, job_tries=2) as probe:
        letter = await probe.dead()
        assert letter.headers["dead-tries"] == "2"
        assert (await probe.steps(job, "failed"))[-1] == "failed"
        assert probe.begun == {}


@BROKER
async def test_what_the_client_got_wrong_is_tried_once() -> None:
    async with serving() as probe:
        job = await probe.order(Work(name="x", fails="not_found"))
        assert await probe.steps(job, "failed") == ["running", "failed"]
        assert probe.begun == {"x": 1}


@BROKER
@pytest.mark.parametrize("queue", ["requests", "orders"])
async def test_what_nobody_can_read_is_put_aside(queue: str) -> None:
    async with serving() as probe:
        name = getattr(probe.names, queue).name
        await probe.send(name, b"\xff", {"a": "b"})
        letter = await probe.dead()
        assert (letter.body, letter.headers["a"]) == (b"\xff", "b")
        assert letter.headers["dead-origin"] == name
        assert letter.headers["dead-error"]
        assert (await probe.ask(Work(name="behind")))[2] == {"name": "behind"}


@BROKER
@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b"{not json", {}),
        (b"{}", {"operation": "no-such"}),
        (b"{}", {"request-deadline": "soon"}),
        (b"{}", {"caller": "nobody"}),
    ],
)
async def test_who_asks_what_nobody_can_read_is_told(body: bytes, more: dict[str, str]) -> None:
    async with serving() as probe:
        answer = probe.replies["x"] = asyncio.get_running_loop().create_future()
        headers = {"operation": "work", "correlation-id": "x", **more}
        await probe.send(probe.names.requests.name, body, headers, reply_to=REPLIES)
        problem = json.loads((await asyncio.wait_for(answer, 20)).body)
        assert problem["code"] == "invalid_argument"
        assert "cannot be read" in problem["detail"]
        assert (await probe.dead()).body == body


@BROKER
@pytest.mark.parametrize("queue", ["requests", "orders"])
async def test_what_somebody_else_sent_is_put_aside_and_not_answered(queue: str) -> None:
    async with serving() as probe:
        name = getattr(probe.names, queue).name
        headers = {"operation": "work", "correlation-id": "forged"}
        answer = probe.replies["forged"] = asyncio.get_running_loop().create_future()
        body = Work(name="forged").model_dump_json().encode()
        await probe.send(name, body, headers, Signatures("a guess"), REPLIES)
        letter = await probe.dead()
        assert letter.headers["dead-origin"] == name
        assert "SERVICE_TOKEN" in str(letter.headers["dead-error"])
        assert (await probe.ask(Work(name="genuine")))[2] == {"name": "genuine"}
        assert probe.begun == {"genuine": 1}
        assert not answer.done()


@BROKER
async def test_every_event_is_sent_in_order_with_its_id() -> None:
    async with serving() as probe:
        for number in range(20):
            probe.events.publish(Worked(name=str(number)))
        told = await probe.stream(probe.names.events.name, 20)
        assert [json.loads(message.body)["name"] for message in told] == [
            str(number) for number in range(20)
        ]
        ids = [str(message.headers["cloudEvents:id"]) for message in told]
        assert [record.rpartition("-")[2] for record in ids] == [
            str(number) for number in range(1, 21)
        ]
        assert told[0].headers["cloudEvents:type"] == "worked"


@BROKER
async def test_events_keep_their_order_while_it_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    namespace, numbers = unique(), count()
    here = host(namespace, {})
    consume = Session.consume

    def publish() -> None:
        here.service.events.publish(Worked(name=str(next(numbers))))

    async def consume_and_publish(
        session: Session, channel: AbstractChannel, queue: Queue, take: Take
    ) -> None:
        await consume(session, channel, queue, take)
        publish()
        # The next one is about to be sent when the session opens for those that wait.
        await asyncio.sleep(0)

    monkeypatch.setattr(Session, "consume", consume_and_publish)
    for _ in range(3):
        publish()
    async with open_transport(here) as transport:
        await until_ready(transport)
        here.service.events.close()
        await transport.drain()
    monkeypatch.undo()
    async with serving(namespace) as probe:
        told = await probe.stream(probe.names.events.name, 5)
        names = [json.loads(message.body)["name"] for message in told]
        assert names == ["0", "1", "2", "3", "4"]


@BROKER
async def test_draining_answers_what_was_taken_and_takes_nothing_more() -> None:
    async with serving() as probe:
        asked = asyncio.create_task(probe.ask(Work(name="slow", seconds=0.5)))
        await becomes(lambda: probe.begun, {"slow": 1})
        probe.events.close()
        await probe.transport.drain()
        _, _, answer = await asyncio.wait_for(asked, 20)
        assert answer == {"name": "slow"}
        await probe.order(Work(name="later"))
        await asyncio.sleep(0.2)
        assert "later" not in probe.begun


@BROKER
async def test_draining_while_it_connects_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    connecting, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(channel: AbstractChannel, names: Topology) -> None:
        connecting.set()
        await go_on.wait()
        await declare(channel, names)

    monkeypatch.setattr(session, "declare", slowly)
    namespace = unique()
    here = host(namespace, {})
    async with open_transport(here) as transport:
        await connecting.wait()
        draining = asyncio.create_task(transport.drain())
        await asyncio.sleep(0)
        here.service.events.close()
        go_on.set()
        await draining
        await until_ready(transport)
        async with await aio_pika.connect(ADDRESS) as connection:
            channel = await connection.channel()
            name = topology(namespace, "probe").requests.name
            queue = await channel.declare_queue(name, passive=True)
            assert queue.declaration_result.consumer_count == 0


@BROKER
async def test_a_consumer_that_the_broker_ends_is_renewed() -> None:
    async with serving() as probe:
        await probe.channel.queue_delete(probe.names.requests.name)
        async with asyncio.timeout(20):
            while True:
                await asyncio.sleep(0.2)
                try:
                    await asyncio.wait_for(probe.ask(Work(name="again")), 1)
                    break
                except TimeoutError:
                    continue


async def test_a_broker_that_is_not_there_makes_the_service_not_ready() -> None:
    url = "amqp://guest:secret-word@127.0.0.1:1"
    async with open_transport(host("test", {}, rabbitmq_url=url)) as transport:
        await asyncio.sleep(0.2)
        with pytest.raises(Problem, match=r"RabbitMQ at 127\.0\.0\.1:1") as raised:
            await transport.ready()
        assert "secret-word" not in raised.value.detail


def test_who_logs_in() -> None:
    def address(**settings: str) -> str:
        return str(RabbitmqSettings.model_validate(settings).rabbitmq_address("shop"))

    given = "amqp://me:mine@broker:5672"
    assert address(rabbitmq_url=given, rabbitmq_password="other") == given
    bare = {"rabbitmq_url": "amqp://broker:5672"}
    assert address(**bare, rabbitmq_password="") == "amqp://guest:guest@broker:5672"
    assert address(**bare, rabbitmq_password="own") == "amqp://shop:own@broker:5672"


@pytest.mark.parametrize(
    "settings",
    [
        {"rabbitmq_url": "http://broker"},
        {"rabbitmq_namespace": "a b"},
        {"app_env": "production", "service_token": "x" * 16, "rabbitmq_url": "amqp://broker:1"},
    ],
)
def test_a_wrong_environment_is_refused(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RABBITMQ_PASSWORD", raising=False)
    with pytest.raises(ValidationError):
        Settings.model_validate(settings)
