"""A service behind a real broker: calls, jobs and events."""

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator
from itertools import count

import pytest
from aiokafka.errors import InvalidTimestampError, KafkaTimeoutError, ProducerClosed
from service_runtime.calls.problem import Problem
from service_runtime.testing import becomes
from service_runtime.transports.kafka import jobs
from service_runtime.transports.kafka.connection import administration, client_options
from service_runtime.transports.kafka.sender import Sender, partition_of
from service_runtime.transports.kafka.topics import TopicError, make_topics
from service_runtime.transports.messages import Message
from service_runtime.transports.signatures import Signatures

from tests.transports.kafka_probe import (
    KILLED,
    SIGNATURES,
    Probe,
    Task,
    Worked,
    headers_of,
    needs_broker,
    open_probe,
    serving_without_broker,
)


@pytest.fixture
async def probe() -> AsyncGenerator[Probe]:
    needs_broker()
    async with open_probe() as opened:
        yield opened


async def test_a_call_is_answered_under_its_correlation_id(probe: Probe) -> None:
    async with probe.serving(), probe.reading(probe.names.replies) as replies:
        correlation = await probe.ask(Task(name="one"))
        reply = await replies.next()
        headers = headers_of(reply)
        assert SIGNATURES.verify(probe.names.replies, headers, reply.value or b"")
        assert headers == {
            "content-type": "application/json",
            "correlation-id": correlation,
            "signature": headers["signature"],
        }
        assert json.loads(reply.value or b"") == {"name": "one", "run": 1}


async def test_a_call_that_arrives_twice_runs_once(probe: Probe) -> None:
    async with probe.serving() as service, probe.reading(probe.names.replies) as replies:
        await probe.ask(Task(name="once", seconds=0.2), key="same")
        await probe.ask(Task(name="once", seconds=0.2), key="same")
        first, second = await replies.take(2)
        assert first.value == second.value
        assert service.resources.begun == ["once"]


async def test_what_nobody_waits_for_any_more_does_not_run(probe: Probe) -> None:
    async with probe.serving() as service, probe.reading(probe.names.replies) as replies:
        past = str(int(time.time() * 1000) - 1)
        await probe.ask(Task(name="late"), key="k", request_deadline=past)
        in_time = await probe.ask(Task(name="next"), key="k")
        assert headers_of(await replies.next())["correlation-id"] == in_time
        assert service.resources.begun == ["next"]


async def test_a_header_without_a_value_is_in_the_way_of_nobody(probe: Probe) -> None:
    async with probe.serving(), probe.reading(probe.names.replies) as replies:
        record = await probe.producer.send(
            probe.names.requests, value=b"{}", key=b"k", headers=[("operation", None)]
        )
        await record
        correlation = await probe.ask(Task(name="next"), key="k")
        assert headers_of(await replies.next())["correlation-id"] == correlation


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"operation": "unheard-of"}, "invalid_argument"),
        ({"request_deadline": "soon"}, "invalid_argument"),
    ],
)
async def test_what_is_refused_is_told_why(
    probe: Probe, headers: dict[str, str], code: str
) -> None:
    async with probe.serving() as service, probe.reading(probe.names.replies) as replies:
        await probe.ask(Task(name="refused"), **headers)
        reply = await replies.next()
        assert headers_of(reply)["content-type"] == "application/problem+json"
        assert json.loads(reply.value or b"")["code"] == code
        assert service.resources.begun == []


async def test_calls_of_one_key_keep_their_order_and_others_go_on(probe: Probe) -> None:
    async with probe.serving() as service, probe.reading(probe.names.replies) as replies:
        # The same key is a retry to the port, so these differ in it, and not in their partition.
        for number in range(3):
            task = Task(name=f"slow-{number}", seconds=0.3)
            headers = {
                "operation": "work",
                "idempotency-key": str(number),
                "correlation-id": str(number),
            }
            await probe.send(probe.names.requests, task.model_dump_json(), headers, "one")
        for number in range(20):
            await probe.ask(Task(name=f"quick-{number}"))
        await replies.take(23)
        slow = [name for name in service.resources.ended if name.startswith("slow")]
        assert slow == ["slow-0", "slow-1", "slow-2"]
        assert service.resources.ended.index("slow-1") > 15


async def test_a_job_tells_its_steps(probe: Probe) -> None:
    async with probe.serving(), probe.reading(probe.names.jobs) as steps:
        job = await probe.order(Task(name="job"))
        running, succeeded = [json.loads(step.value or b"") for step in await steps.take(2)]
        assert (running["id"], running["status"]) == (job, "running")
        assert (succeeded["id"], succeeded["status"]) == (job, "succeeded")
        assert succeeded["result"] == {"name": "job", "run": 1}


async def test_a_job_whose_steps_find_no_leader_is_done_and_told_later(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Sender.send
    failures = [KafkaTimeoutError(), None, KafkaTimeoutError()]

    async def leaderless(sender: Sender, topic: str, key: bytes | None, message: Message) -> None:
        failure = failures.pop(0) if topic == probe.names.jobs and failures else None
        if failure is not None:
            raise failure
        await send(sender, topic, key, message)

    monkeypatch.setattr(Sender, "send", leaderless)
    async with probe.serving() as service, probe.reading(probe.names.jobs) as steps:
        await probe.order(Task(name="kept"))
        told = [json.loads(step.value or b"")["status"] for step in await steps.take(2)]
        assert told == ["running", "succeeded"]
        assert service.resources.begun == ["kept"]


@pytest.mark.parametrize(
    "refused", [["succeeded"], ["running", "succeeded"], ["succeeded", "failed"]]
)
async def test_a_job_whose_steps_are_refused_is_put_aside_and_the_next_is_done(
    probe: Probe, monkeypatch: pytest.MonkeyPatch, refused: list[str]
) -> None:
    send = Sender.send

    async def refusing(sender: Sender, topic: str, key: bytes | None, message: Message) -> None:
        if topic == probe.names.jobs and key == b"poison":
            status = json.loads(message.body)["status"]
            if status in refused:
                raise InvalidTimestampError
        await send(sender, topic, key, message)

    monkeypatch.setattr(Sender, "send", refusing)
    monkeypatch.setattr(jobs, "SEND_AGAIN_SECONDS", 0.01)
    async with (
        probe.serving(),
        probe.reading(probe.names.dead) as dead,
        probe.reading(probe.names.jobs) as steps,
    ):
        await probe.order(Task(name="poison"), "poison")
        headers = headers_of(await dead.next())
        assert headers["job-id"] == "poison"
        assert "Kafka does not take its steps" in headers["dead-error"]
        await probe.order(Task(name="next"), "next")
        expected = {"poison": "running" if "failed" in refused else "failed", "next": "succeeded"}
        told: dict[str, str] = {}
        # Jobs may lie in different partitions: their steps have no order among each other.
        while told != expected:
            step = json.loads((await steps.next()).value or b"")
            told[step["id"]] = step["status"]


async def test_a_producer_that_has_lost_its_place_is_replaced(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second message comes as if others before it had been given up.
    numbers = iter([0, 5, 0, 1])

    def place(_manager: object, _partition: object) -> int:
        return next(numbers)

    manager = "aiokafka.producer.transaction_manager.TransactionManager"
    monkeypatch.setattr(f"{manager}.sequence_number", place)
    sender = Sender(client_options(probe.settings, "test"), probe.settings.kafka_max_message_bytes)
    try:
        async with probe.reading(probe.names.events) as events:
            for body in (b"0", b"1", b"2"):
                await sender.send(probe.names.events, None, Message({}, body))
            assert [event.value for event in await events.take(3)] == [b"0", b"1", b"2"]
    finally:
        await sender.close()


async def test_a_sender_that_is_closed_begins_nothing(probe: Probe) -> None:
    sender = Sender(client_options(probe.settings, "test"), probe.settings.kafka_max_message_bytes)
    await sender.connect()
    await sender.close()
    for send in (sender.put, sender.send):
        with pytest.raises(ProducerClosed):
            await send(probe.names.events, None, Message({}, b"late"))


async def test_events_go_on_behind_what_was_given_up(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Sender.put
    number = count()

    async def losing(
        sender: Sender, topic: str, key: bytes | None, message: Message
    ) -> asyncio.Future[object]:
        if topic == probe.names.events and next(number) == 1:
            failed = asyncio.get_running_loop().create_future()
            failed.set_exception(KafkaTimeoutError())
            return failed
        return await put(sender, topic, key, message)

    monkeypatch.setattr(Sender, "put", losing)
    async with probe.serving() as service, probe.reading(probe.names.events) as events:
        for name in "abc":
            service.events.publish(Worked(name=name))
        told = dict[str, str]()
        while set(told.values()) != {"a", "b", "c"}:
            event = await events.next()
            told[headers_of(event)["ce_id"]] = json.loads(event.value or b"")["name"]
        assert len(told) == 3


async def test_a_job_that_fails_by_our_fault_is_tried_again_then_put_aside() -> None:
    needs_broker()
    async with (
        open_probe(job_tries=2) as probe,
        probe.serving() as service,
        probe.reading(probe.names.dead) as dead,
        probe.reading(probe.names.jobs) as steps,
    ):
        await probe.order(Task(name="poison", fails="boom"), "poison")
        for number in range(10):
            await probe.order(Task(name=f"neighbour-{number}"))
        letter = await dead.next()
        headers = headers_of(letter)
        assert headers["dead-tries"] == "2"
        assert headers["dead-origin"].startswith(f"{probe.names.orders}/")
        assert "internal" in headers["dead-error"]
        assert json.loads(letter.value or b"")["name"] == "poison"
        assert service.resources.begun.count("poison") == 2
        assert len(service.resources.ended) == 10
        told = [json.loads(step.value or b"") for step in await steps.take(23)]
        last = [step for step in told if step["id"] == "poison"][-1]
        assert (last["status"], last["problem"]["code"]) == ("failed", "internal")


async def test_a_job_that_its_client_got_wrong_is_not_tried_again(probe: Probe) -> None:
    async with probe.serving() as service, probe.reading(probe.names.jobs) as steps:
        await probe.order(Task(name="wrong", fails="not_found"))
        _, failed = [json.loads(step.value or b"") for step in await steps.take(2)]
        assert failed["problem"]["code"] == "not_found"
        assert service.resources.begun == ["wrong"]


async def test_a_job_that_killed_its_process_each_time_is_put_aside() -> None:
    needs_broker()
    async with open_probe(job_tries=2) as probe, probe.reading(probe.names.dead) as dead:
        await probe.order(Task(name="killer", fails="exit"))
        for _ in range(2):
            # What it noted on the broker is all that is left of it.
            assert await probe.process() == KILLED
        async with probe.serving() as service:
            headers = headers_of(await dead.next())
            assert headers["dead-tries"] == "2"
            assert "died" in headers["dead-error"]
            assert service.resources.begun == []


@pytest.mark.parametrize("topic", ["requests", "orders"])
async def test_what_cannot_be_read_is_put_aside_at_once(probe: Probe, topic: str) -> None:
    async with probe.serving(), probe.reading(probe.names.dead) as dead:
        name: str = getattr(probe.names, topic)
        headers = {"operation": "work", "job-id": "7"}
        await probe.send(name, "{not JSON", headers, "key")
        await probe.send(name, "nothing of ours", {}, "key")
        first, second = await dead.take(2)
        assert (first.value, second.value) == (b"{not JSON", b"nothing of ours")
        assert headers_of(first)["dead-origin"].startswith(f"{name}/")
        assert headers_of(second)["dead-tries"] == "0"
        assert "`operation`" in headers_of(second)["dead-error"]


@pytest.mark.parametrize("topic", ["requests", "orders"])
async def test_what_somebody_else_sent_is_put_aside_and_not_answered(
    probe: Probe, topic: str
) -> None:
    async with (
        probe.serving() as service,
        probe.reading(probe.names.dead) as dead,
        probe.reading(probe.names.replies) as replies,
    ):
        name: str = getattr(probe.names, topic)
        headers = {"operation": "work", "correlation-id": "forged"}
        body = Task(name="forged").model_dump_json()
        await probe.send(name, body, headers, signatures=Signatures("a guess"))
        letter = await dead.next()
        assert headers_of(letter)["dead-origin"].startswith(f"{name}/")
        assert "SERVICE_TOKEN" in headers_of(letter)["dead-error"]
        genuine = await probe.ask(Task(name="genuine"))
        reply = await replies.next()
        assert headers_of(reply)["correlation-id"] == genuine
        assert SIGNATURES.verify(probe.names.replies, headers_of(reply), reply.value or b"")
        assert service.resources.begun == ["genuine"]


async def test_events_are_cloud_events_and_none_is_lost_at_the_end(probe: Probe) -> None:
    async with probe.serving() as service:
        for number in range(5):
            await probe.ask(Task(name=f"told-{number}", seconds=0.3))
        await becomes(lambda: len(service.resources.begun), 5)
        await service.drain()
    async with probe.reading(probe.names.events) as events:
        told = await events.take(5)
    assert sorted(json.loads(event.value or b"")["name"] for event in told) == [
        f"told-{number}" for number in range(5)
    ]
    headers = headers_of(told[0])
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == "worked"
    assert headers["ce_source"] == f"/{probe.identity.system}/probe"
    assert told[0].key == b"worked"
    ids = [headers_of(event)["ce_id"] for event in told]
    assert ids == sorted(ids)


async def test_replicas_share_the_work_and_nothing_runs_twice(probe: Probe) -> None:
    async with (
        probe.serving() as first,
        probe.serving() as second,
        probe.reading(probe.names.replies) as replies,
        probe.reading(probe.names.jobs) as steps,
    ):

        async def load() -> None:
            for number in range(80):
                await probe.ask(Task(name=f"call-{number}", seconds=0.1))
                await probe.order(Task(name=f"job-{number}", seconds=0.1))
                await asyncio.sleep(0.05)

        async with asyncio.TaskGroup() as group:
            group.create_task(load())
            # A third comes while they are at work, and goes again.
            async with probe.serving() as third:
                await asyncio.sleep(0.5)
                await third.drain()
                ended = list(third.resources.ended)
        await replies.take(80)
        await steps.take(160)
        ended += [*first.resources.ended, *second.resources.ended]
        assert len(ended) == 160
        assert len(set(ended)) == 160
        assert first.resources.ended
        assert second.resources.ended


async def test_who_is_stopped_finishes_leaves_and_commits(probe: Probe) -> None:
    async with probe.serving() as service, probe.reading(probe.names.replies) as replies:
        await probe.ask(Task(name="under way", seconds=0.5))
        await becomes(lambda: service.resources.begun, ["under way"])
        await service.drain()
        assert service.resources.ended == ["under way"]
        await replies.next()
    async with probe.serving() as service:
        assert service.resources.begun == []


async def test_jobs_wait_where_calls_are_refused() -> None:
    needs_broker()
    limits = {"max_concurrency": 1, "max_queue": 1, "max_jobs": 2}
    async with (
        open_probe(**limits) as probe,
        probe.serving() as service,
        probe.reading(probe.names.replies) as replies,
        probe.reading(probe.names.jobs) as steps,
    ):
        for number in range(6):
            await probe.order(Task(name=f"job-{number}", seconds=0.1))
        assert len(await steps.take(12)) == 12
        assert service.resources.most == 2
        calls = [Task(name=f"call-{number}", seconds=0.5) for number in range(10)]
        await asyncio.gather(*(probe.ask(call) for call in calls))
        answers = await replies.take(10)
        refused = [answer for answer in answers if "retry-after" in headers_of(answer)]
        assert len(refused) >= 7
        assert json.loads(refused[0].value or b"")["code"] == "resource_exhausted"


async def test_without_a_broker_a_service_starts_is_not_ready_and_says_so() -> None:
    async with serving_without_broker() as service:

        async def why() -> str:
            with pytest.raises(Problem) as raised:
                await service.ready()
            return str(raised.value)

        assert "unavailable: Kafka has not answered yet" in await why()
        async with asyncio.timeout(20):
            while "has not answered yet" in (said := await why()):
                await asyncio.sleep(0.02)
        assert re.search(r"cannot be read: .*Unable to bootstrap", said)
        await service.drain()


async def test_topics_are_made_once_and_looked_at_afterwards() -> None:
    needs_broker()
    async with open_probe() as probe:
        options = client_options(probe.settings, "test")
        async with administration(options) as admin:
            again = await make_topics(admin, probe.names, probe.settings)
            assert all(line.endswith("is there") for line in again)
            more = probe.settings.model_copy(update={"kafka_partitions": 9})
            with pytest.raises(TopicError, match="KAFKA_PARTITIONS=9"):
                await make_topics(admin, probe.names, more)
            larger = probe.settings.model_copy(update={"kafka_max_message_bytes": 2**30})
            with pytest.raises(TopicError, match=r"max\.message\.bytes"):
                await make_topics(admin, probe.names, larger)


@pytest.mark.parametrize(
    ("key", "partition"),
    [
        ("a", 4),
        ("order-1", 10),
        ("b1a948e0-aff6-4026-83e8-442bfa3e67d5", 3),
        ("spiked", 5),
        ("grüße", 8),
        ("🎈", 10),
        ("the quick brown fox jumps over the lazy dog", 4),
        ("0", 8),
        ("K7u2vFJmZz0y4mQm3rPkz8b4d1S5f6a7h8j9k0l1m2n", 7),
    ],
)
def test_a_key_has_the_same_partition_as_with_every_other_client(key: str, partition: int) -> None:
    # From the Java client: `Utils.toPositive(Utils.murmur2(key)) % 12`; gateways have the same table.
    twelve = list(range(12))
    assert partition_of(key.encode(), twelve, twelve) == partition
