"""Taking records from a topic: side by side, in order for each key, committed when done."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import structlog
from aiokafka import (
    AIOKafkaConsumer,
    ConsumerRebalanceListener,
    ConsumerRecord,
    OffsetAndMetadata,
    TopicPartition,
)
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import IllegalStateError, KafkaError
from service_runtime.transports.kafka.connection import (
    ClientOptions,
    administration,
    let_go,
    patiently,
    reason,
)
from service_runtime.transports.kafka.delivery import Delivery, LostError, Partition
from service_runtime.transports.kafka.progress import Progress
from service_runtime.transports.kafka.topics import check_topic

WINDOW: Final = 256
"""Records of a partition that are taken and not done: behind a slow one so many go on."""

_POLL_MS: Final = 250
_FETCH_BYTES: Final = 16 * 1024 * 1024
_SESSION_MS: Final = 10_000
_HEARTBEAT_MS: Final = 2_000
_MAX_IDLE_MS: Final = 24 * 60 * 60 * 1000
_COMMIT_AGAIN_SECONDS: Final = 0.5

_logger = structlog.stdlib.get_logger(__name__)

Handle = Callable[[Delivery], Awaitable[None]]
"""Does what a record says, and says `done` when it is."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A place in a group.

    Attributes:
        topic: What is read.
        group: Who share it.
        max_bytes: Of the largest record.
        commit_seconds: Pause between two commits: what is done meanwhile goes together.
        release_seconds: How long other members wait for what is under way when partitions move.
            With 0 they do not: it counts as done, and this process finishes it.
    """

    topic: str
    group: str
    max_bytes: int
    commit_seconds: float
    release_seconds: float


class Intake(ConsumerRebalanceListener):
    """A member of a group.

    Its partitions are handled side by side, and in a partition records of different keys. `WINDOW`
    records of a partition are taken before the first of them is done; then it is paused.

    Attributes:
        trouble: Why no record can arrive, or `""`.
    """

    def __init__(self, options: ClientOptions, membership: Membership, handle: Handle) -> None:
        """Describe the member; `run` makes it one."""
        self._options: Final = options
        self._membership: Final = membership
        self._handle: Final = handle
        self._partitions: Final[dict[TopicPartition, Partition]] = {}
        self._earlier: Final[dict[TopicPartition, Progress]] = {}
        self._changed: Final = asyncio.Event()
        self._stopping: Final = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._joining: asyncio.Task[None] | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._admin: AIOKafkaAdminClient | None = None
        self._broken: Exception | None = None
        self.trouble = "Kafka has not answered yet"

    async def run(self) -> None:
        """Be a member until `stop`, again and again if need be."""
        topic = self._membership.topic
        while not self._stopping.is_set():
            async with AsyncExitStack() as stack:
                self._joining = asyncio.create_task(
                    patiently(f"to read {topic}", lambda: self._join(stack), self._fail)
                )
                await asyncio.wait({self._joining})
                if self._joining.cancelled():
                    return
                self._joining.result()
                self.trouble = ""
                _logger.info("reads", topic=topic, group=self._membership.group)
                try:
                    await self._consume()
                except KafkaError as error:
                    self._fail(error)
                    _logger.warning("reading broke off", topic=topic, error=reason(error))

    def stop(self) -> None:
        """Take nothing more; `run` ends when what is under way is done."""
        self._stopping.set()
        self.trouble = "the service is stopping"
        if self._joining is not None:
            self._joining.cancel()
        for partition in self._partitions.values():
            partition.lost.set()
        self._wake()

    def changed(self) -> None:
        """Something is done: it is to be committed, and its partition may have room again."""
        self._changed.set()
        self._resume()

    async def kept(self) -> None:
        """Return when what is noted by now is committed, or no longer ours to commit."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._changed.set()
        await future

    def _fail(self, error: BaseException) -> None:
        self.trouble = f"{self._membership.topic} cannot be read: {reason(error)}"

    async def _join(self, stack: AsyncExitStack) -> None:
        membership = self._membership
        async with AsyncExitStack() as opening:
            self._admin = await opening.enter_async_context(administration(self._options))
            await check_topic(self._admin, membership.topic)
            consumer = AIOKafkaConsumer(
                **self._options,
                group_id=membership.group,
                auto_offset_reset="earliest",
                enable_auto_commit=False,
                fetch_max_bytes=_FETCH_BYTES,
                max_partition_fetch_bytes=membership.max_bytes,
                session_timeout_ms=_SESSION_MS,
                heartbeat_interval_ms=_HEARTBEAT_MS,
                rebalance_timeout_ms=_SESSION_MS + int(membership.release_seconds * 1000),
                # Full partitions are paused, not left unasked.
                max_poll_interval_ms=_MAX_IDLE_MS,
            )
            opening.push_async_callback(lambda: let_go(consumer.stop()))
            self._consumer = consumer
            consumer.subscribe([membership.topic], listener=self)
            await consumer.start()
            await stack.enter_async_context(opening.pop_all())

    async def _consume(self) -> None:
        committing = asyncio.create_task(self._commit_on_change())
        try:
            while not self._stopping.is_set():
                await self._poll()
                if committing.done():
                    committing.result()
            # Nothing new is begun; what is under way is done, or the caller's patience ends.
            await self._settled()
        finally:
            for task in self._under_way():
                task.cancel()
            await self._settled()
            committing.cancel()
            await asyncio.wait({committing})
            for partition in self._partitions.values():
                partition.lost.set()
            self._wake()
            await let_go(self._commit())

    async def _poll(self) -> None:
        if self._broken is not None:
            error, self._broken = self._broken, None
            raise KafkaError(f"partitions could not be taken: {reason(error)}") from error
        consumer = self._member()
        batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=WINDOW)
        for place, records in batches.items():
            partition = self._partitions.get(place)
            # Before `on_partitions_assigned` is through: it is read again from there.
            if partition is None:
                continue
            for record in records:
                self._take(partition, record)
            if partition.progress.pending >= WINDOW:
                consumer.pause(place)

    def _take(self, partition: Partition, record: ConsumerRecord) -> None:
        if not partition.progress.take(record.offset):
            return
        key = record.key or b""
        before = partition.last.get(key) if key else None
        task = asyncio.create_task(self._do(Delivery(record, partition, self), before))
        partition.tasks.add(task)
        if key:
            partition.last[key] = task

        def ended(task: asyncio.Task[None]) -> None:
            partition.tasks.discard(task)
            if partition.last.get(key) is task:
                del partition.last[key]

        task.add_done_callback(ended)

    async def _do(self, delivery: Delivery, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            await self._handle(delivery)
        except LostError:
            pass
        except Exception:
            # A defect of ours: the record would be in the way for ever.
            _logger.exception("a record was passed over", origin=delivery.origin)
            delivery.done()

    def _resume(self) -> None:
        """Read on where there is room. What is done may have outlived the task that took it."""
        consumer = self._member()
        for place in consumer.paused():
            partition = self._partitions.get(place)
            if partition is not None and partition.progress.pending < WINDOW // 2:
                consumer.resume(place)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Hand partitions back, with what is done in them."""
        places = {place: self._partitions.pop(place, None) for place in revoked}
        partitions = {place: partition for place, partition in places.items() if partition}
        for partition in partitions.values():
            partition.lost.set()
        self._wake()
        tasks = {task for partition in partitions.values() for task in partition.tasks}
        if tasks and self._membership.release_seconds > 0:
            await asyncio.wait(tasks, timeout=self._membership.release_seconds)
        for partition in partitions.values():
            if self._membership.release_seconds > 0:
                partition.progress.release()
            else:
                partition.progress.finish_all()
        # Also where the commit fails: when they come back, nothing is done twice.
        self._earlier.update((place, partition.progress) for place, partition in partitions.items())
        try:
            await self._send(partitions)
        except (KafkaError, IllegalStateError) as error:
            _logger.warning("what is done could not be committed", error=reason(error))

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Go on in partitions where they were left."""
        try:
            await self._go_on(assigned)
        except Exception as error:
            # aiokafka would only log it, and nobody read these partitions: see `_poll`.
            self._broken = error
            raise

    async def _go_on(self, assigned: set[TopicPartition]) -> None:
        if not assigned:
            return
        consumer = self._member()
        offsets = await patiently("committed offsets", lambda: self._committed(list(assigned)))
        beginnings = await consumer.beginning_offsets(list(assigned))
        for place in assigned:
            offset, mark = offsets.get(place, (-1, ""))
            committed = offset if offset >= 0 else beginnings[place]
            progress = self._earlier.pop(place, None)
            if progress is None or (progress.position or 0) < committed:
                progress = Progress(committed, mark)
            elif progress.position == committed:
                progress.learn(mark)
            self._partitions[place] = Partition(progress)
            consumer.seek(place, committed if progress.position is None else progress.position)

    async def _committed(
        self, places: list[TopicPartition]
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        if self._admin is None:
            return {}
        return await self._admin.list_consumer_group_offsets(
            self._membership.group, partitions=places
        )

    async def _commit_on_change(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._commit()
                await asyncio.sleep(self._membership.commit_seconds)
            except (KafkaError, IllegalStateError) as error:
                # While partitions move; it is tried again with those that are left.
                _logger.debug("not committed", error=reason(error))
                await asyncio.sleep(_COMMIT_AGAIN_SECONDS)
                self._changed.set()

    async def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            await self._send(self._partitions)
        except BaseException:
            self._waiting += waiting
            raise
        _resolve(waiting)

    async def _send(self, partitions: Mapping[TopicPartition, Partition]) -> None:
        news: dict[TopicPartition, tuple[int, str]] = {}
        for place, partition in partitions.items():
            position = partition.progress.position
            if position is None:
                continue
            noted = (position, partition.progress.mark())
            if partition.kept != noted:
                news[place] = noted
        if not news:
            return
        # Partitions may move meanwhile: those that were meant are marked.
        meant = {place: partitions[place] for place in news}
        await self._member().commit(news)
        for place, noted in news.items():
            meant[place].kept = noted

    def _wake(self) -> None:
        """Who waits for a commit sees for itself that the partition is lost."""
        if self._stopping.is_set() or not self._partitions:
            waiting, self._waiting = self._waiting, []
            _resolve(waiting)

    def _under_way(self) -> set[asyncio.Task[None]]:
        return {task for partition in self._partitions.values() for task in partition.tasks}

    async def _settled(self) -> None:
        while tasks := self._under_way():
            await asyncio.wait(tasks)

    def _member(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise IllegalStateError("not a member of the group")
        return self._consumer


def _resolve(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
