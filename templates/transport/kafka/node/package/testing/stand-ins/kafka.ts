import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import {
  Admin,
  Consumer,
  compatibilityPartitioner,
  Producer,
  stringSerializers,
} from "@platformatic/kafka";
import pino from "pino";
import type { Json } from "../../src/contract.ts";
import type { JobChange } from "../../src/jobs/durable.ts";
import { type Received, readTopic } from "../../src/transports/kafka/reader.ts";

/** A call or a job as the stand-in received it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly input: Json;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers an operation: JSON for the result, a problem, or nothing at all. */
export type Answer = (call: ReceivedCall) => Promise<Reply> | Reply;
type Reply = Json | Refusal | typeof SILENCE;

export const SILENCE = Symbol("no answer");

export class Refusal {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: object | string, headers: Record<string, string> = {}) {
    this.body = typeof problem === "string" ? problem : JSON.stringify(problem);
    this.headers = { "content-type": "application/problem+json", ...headers };
  }
}

export interface KafkaStandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway here. */
  readonly variables: Readonly<Record<string, string>>;
  readonly calls: readonly ReceivedCall[];
  readonly orders: readonly ReceivedCall[];
  /** Reports an event, with `id` as its `ce-id`. */
  report(name: string, data: Json, id: string): Promise<void>;
  /** Reports what has become of a job. */
  step(change: JobChange): Promise<void>;
  /** Puts anything on one of the topics. */
  put(what: string, value: string, headers: Record<string, string>): Promise<void>;
  /** Deletes the events up to and with the last that was reported. */
  forget(): Promise<void>;
  /** Leaves the group in which the service takes calls. */
  leave(): Promise<void>;
}

const SERVERS = process.env.KAFKA_BOOTSTRAP_SERVERS || "127.0.0.1:9092";
const PARTITIONS = 3;
const log = pino({ level: "silent" });

/** Why tests of Kafka cannot run here, or false. In CI they fail instead of being left out. */
export const skip: string | false =
  process.env.CI === "true" || (await listens(SERVERS))
    ? false
    : `no broker of Kafka at ${SERVERS}: "make dev" says how to start one`;

/** A service behind topics of its own, on the broker of KAFKA_BOOTSTRAP_SERVERS. */
export async function standIn(
  prefix: string,
  answers: Readonly<Record<string, Answer>>,
): Promise<KafkaStandIn> {
  if (skip) throw new Error(skip);
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const group = `${namespace}.${prefix.toLowerCase().replaceAll("_", "-")}`;
  const bootstrapBrokers = SERVERS.split(",");
  const client = { clientId: group, bootstrapBrokers, retries: 20, retryDelay: 50 };
  const admin = new Admin(client);
  const topic = (what: string) => `${group}.${what}`;
  const shared = ["requests", "orders", "replies", "jobs"].map(topic);
  await admin.createTopics({ topics: shared, partitions: PARTITIONS, replicas: 1 });
  await admin.createTopics({ topics: [topic("events")], partitions: 1, replicas: 1 });

  const producer = new Producer({
    ...client,
    partitioner: compatibilityPartitioner,
    serializers: stringSerializers,
  });
  const send = async (what: string, key: string, value: string, headers: object) => {
    const message = { topic: topic(what), key, value, headers: { ...headers } };
    await producer.send({ messages: [message], acks: -1 });
  };
  const stop = new AbortController();
  const [calls, orders]: [ReceivedCall[], ReceivedCall[]] = [[], []];
  const follow = async (what: string, take: (call: ReceivedCall) => void) => {
    const reading = { client, topic: topic(what), signal: stop.signal, log };
    for await (const read of readTopic({ ...reading, from: "oldest" })) {
      if (read.kind === "messages") for (const message of read.messages) take(received(message));
    }
  };
  const reply = async (call: ReceivedCall) => {
    calls.push(call);
    const answer = await answers[call.operation]?.(call);
    if (answer === SILENCE) return;
    const id = call.headers["correlation-id"] ?? "";
    const reported = answer instanceof Refusal ? answer : undefined;
    const headers = {
      "content-type": "application/json",
      ...reported?.headers,
      "correlation-id": id,
    };
    try {
      await send("replies", id, reported?.body ?? JSON.stringify(answer ?? null), headers);
    } catch (error) {
      // At the end of a test nobody waits for what the gateway asked last.
      if (!stop.signal.aborted) throw error;
    }
  };
  const following = [
    follow("requests", (call) => void reply(call)),
    follow("orders", (call) => void orders.push(call)),
  ];
  const member = new Consumer({ ...client, groupId: group });
  member.topics.track(topic("requests"));
  await member.joinGroup({});

  return {
    variables: { KAFKA_BOOTSTRAP_SERVERS: SERVERS, KAFKA_NAMESPACE: namespace },
    calls,
    orders,
    report: (name, data, id) =>
      send("events", name, JSON.stringify(data), {
        ce_id: id,
        ce_type: name,
        ce_time: "2026-01-01T00:00:00Z",
      }),
    step: (change) => send("jobs", change.id, JSON.stringify(change), {}),
    put: (what, value, headers) => send(what, "key", value, headers),
    async forget() {
      const partitions = [{ partition: 0, offset: -1n }];
      await admin.deleteRecords({ topics: [{ name: topic("events"), partitions }] });
    },
    async leave() {
      await member.leaveGroup(true);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all([...following, member.close(true), producer.close(true)]);
      await admin.deleteTopics({ topics: [...shared, topic("events")] });
      await admin.close();
    },
  };
}

function received({ headers, body }: Received): ReceivedCall {
  const input = JSON.parse(new TextDecoder().decode(body)) as Json;
  return { operation: headers.operation ?? "", input, headers };
}

async function listens(servers: string): Promise<boolean> {
  const [host, port] = (servers.split(",")[0] ?? "").split(":");
  const socket = connect({ host: host ?? "", port: Number(port) });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
