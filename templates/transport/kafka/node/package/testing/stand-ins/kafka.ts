import { randomUUID } from "node:crypto";
import {
  Admin,
  Consumer,
  compatibilityPartitioner,
  Producer,
  stringSerializers,
} from "@platformatic/kafka";
import pino from "pino";
import type { Json } from "../../src/contract.ts";
import { type Received, readTopic } from "../../src/transports/kafka/reader.ts";
import { connect } from "../../src/transports/kafka.ts";
import type { Headers } from "../../src/transports/messages/headers.ts";
import { sampleWiring } from "../sample.ts";
import {
  type Answer,
  answered,
  missing,
  type ReceivedCall,
  SILENCE,
  type StandIn,
  signatures,
} from "./messages.ts";

export interface KafkaStandIn extends StandIn {
  /** Puts anything on one of the topics. */
  put(what: string, value: string, headers: Record<string, string>): Promise<void>;
}

export const SERVERS = process.env.KAFKA_BOOTSTRAP_SERVERS || "127.0.0.1:9092";
const PARTITIONS = 3;
const log = pino({ level: "silent" });

const [HOST = "", PORT = ""] = (SERVERS.split(",")[0] ?? "").split(":");

/** A gateway in front of the sample service. */
export const wiring = sampleWiring(connect);

/** Why tests of Kafka cannot run here, or false. */
export const skip: string | false = await missing(
  { host: HOST, port: Number(PORT) },
  '"make dev" says how to start one',
);

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
  const send = async (
    what: string,
    key: string,
    value: string,
    headers: Headers,
    signer = signatures,
  ) => {
    const signed = signer.sign(topic(what), headers, value);
    const message = { topic: topic(what), key, value, headers: { ...signed } };
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
    const { headers, body, signatures: signer } = answered(answer);
    try {
      await send("replies", id, body, { ...headers, "correlation-id": id }, signer);
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
    report(name, data, id, signer) {
      const headers = { ce_id: id, ce_type: name, ce_time: "2026-01-01T00:00:00Z" };
      return send("events", name, JSON.stringify(data), headers, signer);
    },
    step: (change, signer) => send("jobs", change.id, JSON.stringify(change), {}, signer),
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
