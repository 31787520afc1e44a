/** Kafka by hand: a record asks, those of a topic that this process reads alone answer. */
import { randomUUID } from "node:crypto";
import {
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";
import { begin, frame, type Tell } from "./events.ts";

export async function connect(): Promise<Tell> {
  const client = { clientId: "bench", bootstrapBrokers: [process.env.BENCH_BROKER ?? ""] };
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
  const waiting = new Map<string, (event: string, data: string) => void>();
  replies.on("data", ({ key, value, headers }) => {
    waiting.get(key)?.(headers.get("event") ?? "", value);
  });
  const ask = (key: string, value: string) =>
    producer.send({ messages: [{ topic: "bench.requests", key, value }] });
  return async (question, response) => {
    const key = randomUUID();
    response.on("close", () => {
      waiting.delete(key);
      void ask(key, "");
    });
    begin(response);
    waiting.set(key, (event, data) => {
      response.write(frame(event, data));
      if (event === "end") response.end();
    });
    await ask(key, JSON.stringify(question));
  };
}
