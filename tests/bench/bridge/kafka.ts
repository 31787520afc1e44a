/** Kafka by hand: a message a call, a reply topic that this process reads alone. */
import { randomUUID } from "node:crypto";
import {
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";
import type { Ping } from "./worker.ts";

export async function connect(): Promise<Ping> {
  const client = { clientId: "bench", bootstrapBrokers: [process.env.BENCH_ADDRESS ?? ""] };
  const producer = new Producer({ ...client, serializers: stringSerializers });
  const consumer = new Consumer({
    ...client,
    groupId: randomUUID(),
    deserializers: stringDeserializers,
  });
  const replies = await consumer.consume({
    topics: ["bench.replies"],
    mode: MessagesStreamModes.LATEST,
    autocommit: false,
    maxWaitTime: 1000,
  });
  const waiting = new Map<string, (value: string) => void>();
  replies.on("data", ({ key, value }) => {
    waiting.get(key)?.(value);
    waiting.delete(key);
  });
  return () =>
    new Promise((resolve, reject) => {
      const key = randomUUID();
      waiting.set(key, resolve);
      producer.send({ messages: [{ topic: "bench.requests", key, value: "{}" }] }).catch(reject);
    });
}
