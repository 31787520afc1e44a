import { setTimeout as sleep } from "node:timers/promises";
import {
  type BaseOptions,
  type ClusterTopicMetadata,
  Consumer,
  FetchIsolationLevels,
  ListOffsetTimestamps,
} from "@platformatic/kafka";
import type { Logger } from "pino";
import type { Headers } from "../messages/headers.ts";

/** A message as it was read. */
export interface Received {
  readonly partition: number;
  readonly offset: bigint;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** By partition: the offset that is read next. */
export type Offsets = ReadonlyMap<number, bigint>;

/** What reading a topic gives. */
export type Reading =
  /** First, and when the topic was made anew: where reading begins, and what there is already. */
  | {
      readonly kind: "begin";
      readonly topicId: string;
      readonly from: Offsets;
      readonly end: Offsets;
    }
  /** What was to be read next has been deleted by the broker; reading goes on at `from`. */
  | { readonly kind: "gap"; readonly partition: number; readonly from: bigint }
  | { readonly kind: "messages"; readonly messages: readonly Received[]; readonly next: Offsets };

export interface ReadOptions {
  readonly client: BaseOptions;
  readonly topic: string;
  readonly from: "oldest" | "newest";
  /** For a topic of one partition: where to go on in it, when this is the topic that is meant. */
  readonly resume?: (topicId: string) => bigint | undefined;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

type FetchResponse = Awaited<ReturnType<Consumer["fetch"]>>;

/** Bytes of one fetch, and thereby what waits in memory. */
const FETCH_LIMIT = 8 * 1024 * 1024;
/** Milliseconds that a broker holds a fetch open while there is nothing. */
const WAIT_MS = 1000;
/** Between attempts, up to twice as long: calls have no answers until a broker is found again. */
const PAUSES_MS = [250, 500, 1000, 1500] as const;
/** Bit of a batch that holds marks of transactions instead of messages. */
const CONTROL = 0x20;

/**
 * Reads all partitions of a topic, without a group: every process that reads gets everything, there
 * is no membership to lose, and a place that is never committed cannot be wrong. Ends only on abort;
 * a broker that goes away is asked until it is back.
 */
export async function* readTopic(options: ReadOptions): AsyncGenerator<Reading, void, undefined> {
  const { signal, log, topic } = options;
  const reader = new TopicReader(options);
  const stop = () => void reader.close();
  signal.addEventListener("abort", stop, { once: true });
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        yield* reader.attach();
        failures = 0;
        for await (const reading of reader.fetch()) yield reading;
      } catch (error) {
        if (signal.aborted) return;
        const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 0;
        failures += 1;
        // Once when it is lost, once when it stays away; in between only who debugs wants to know.
        const level = failures === 1 || failures === PAUSES_MS.length ? "warn" : "debug";
        log[level]({ err: error, topic, failures }, "reading broke off");
        await sleep(pause * (1 + Math.random()), undefined, { signal }).catch(() => {});
      }
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await reader.close();
  }
}

class TopicReader {
  readonly #options: ReadOptions;
  readonly #consumer: Consumer;
  readonly #next = new Map<number, bigint>();
  #topic: ClusterTopicMetadata | undefined;

  constructor(options: ReadOptions) {
    this.#options = options;
    this.#consumer = consumerOf(options.client, options.topic);
    this.#consumer.topics.track(options.topic);
  }

  close(): Promise<void> {
    return this.#consumer.close(true).catch(() => {});
  }

  /** Finds the leaders, and where there is something to read. */
  async *attach(): AsyncGenerator<Reading, void, undefined> {
    const { topic, from, resume } = this.#options;
    const metadata = await this.#consumer.metadata({ topics: [topic], forceUpdate: true });
    const found = metadata.topics.get(topic);
    if (!found) throw new Error(`there is no topic ${topic}`);
    const [oldest, newest] = await Promise.all([
      offsets(this.#consumer, topic, ListOffsetTimestamps.EARLIEST),
      endOf(this.#consumer, topic),
    ]);
    const isNew = this.#topic?.id !== found.id;
    const wasThere = this.#topic !== undefined;
    this.#topic = found;
    if (isNew) {
      // A topic that was made anew is read from its beginning: all of it is news.
      const start = from === "oldest" || wasThere ? oldest : newest;
      this.#next.clear();
      for (const [partition, offset] of start) this.#next.set(partition, offset);
      const place = wasThere ? undefined : resume?.(found.id);
      if (place !== undefined) this.#next.set(0, place);
      yield { kind: "begin", topicId: found.id, from: new Map(this.#next), end: newest };
    }
    for (const [partition, first] of oldest) {
      // Partitions may be added: all that is in them is news.
      const next = this.#next.get(partition) ?? first;
      const last = newest.get(partition) ?? first;
      const place = next < first ? first : next > last ? last : next;
      this.#next.set(partition, place);
      if (place !== next) yield { kind: "gap", partition, from: place };
    }
  }

  /** One fetch for each leader is always under way; ends by throwing. */
  async *fetch(): AsyncGenerator<Reading, void, undefined> {
    const leaders = new Map<number, number[]>();
    for (const [partition, { leader }] of (this.#topic?.partitions ?? []).entries()) {
      leaders.set(leader, [...(leaders.get(leader) ?? []), partition]);
    }
    const ask = (leader: number, partitions: readonly number[]) => {
      const fetched = this.#fetchFrom(leader, partitions);
      const answer = fetched.then((response) => ({ leader, partitions, response }));
      // It may fail while what came before is still being looked at.
      answer.catch(() => {});
      return answer;
    };
    const asked = new Map([...leaders].map(([leader, own]) => [leader, ask(leader, own)]));
    while (true) {
      const { leader, partitions, response } = await Promise.race(asked.values());
      const messages = this.#messagesOf(response);
      // The next fetch is under way while these are looked at.
      asked.set(leader, ask(leader, partitions));
      // Also without messages: marks of transactions move the place, too.
      yield { kind: "messages", messages, next: this.#next };
    }
  }

  #fetchFrom(node: number, partitions: readonly number[]): Promise<FetchResponse> {
    return this.#consumer.fetch({
      node,
      minBytes: 1,
      maxBytes: FETCH_LIMIT,
      maxWaitTime: WAIT_MS,
      topics: [
        {
          topicId: this.#topic?.id ?? "",
          partitions: partitions.map((partition) => ({
            partition,
            fetchOffset: this.#next.get(partition) ?? 0n,
            partitionMaxBytes: FETCH_LIMIT,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
          })),
        },
      ],
    });
  }

  #messagesOf({ responses }: FetchResponse): Received[] {
    const messages: Received[] = [];
    for (const { partitionIndex: partition, records } of responses.flatMap(
      (response) => response.partitions,
    )) {
      for (const batch of records ?? []) {
        const wanted = this.#next.get(partition) ?? 0n;
        if ((batch.attributes & CONTROL) === 0) {
          for (const { offsetDelta, value, headers } of batch.records) {
            const offset = batch.firstOffset + BigInt(offsetDelta);
            // A batch is sent as a whole, also when what is wanted begins in the middle of it.
            if (offset < wanted) continue;
            const body = value ?? NOTHING;
            messages.push({ partition, offset, headers: texts(headers), body });
          }
        }
        const behind = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
        if (behind > wanted) this.#next.set(partition, behind);
      }
    }
    return messages;
  }
}

/** The group is never joined: fetching by hand needs none. */
export function consumerOf(client: BaseOptions, topic: string): Consumer {
  return new Consumer({
    ...client,
    groupId: `${topic}.readers`,
    isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
  });
}

/** Behind what there is by now. */
export function endOf(consumer: Consumer, topic: string): Promise<Offsets> {
  return offsets(consumer, topic, ListOffsetTimestamps.LATEST);
}

async function offsets(consumer: Consumer, topic: string, timestamp: bigint): Promise<Offsets> {
  const found = await consumer.listOffsets({ topics: [topic], timestamp });
  return new Map((found.get(topic) ?? []).entries());
}

const NOTHING = new Uint8Array();

function texts(headers: readonly (readonly [Buffer | null, Buffer | null])[]): Headers {
  return Object.fromEntries(
    headers.map(([name, value]) => [String(name ?? "").toLowerCase(), String(value ?? "")]),
  );
}
