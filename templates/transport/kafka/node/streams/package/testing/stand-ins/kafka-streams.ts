import { randomUUID } from "node:crypto";
import {
  Admin,
  Consumer,
  compatibilityPartitioner,
  Producer,
  stringSerializers,
} from "@platformatic/kafka";
import pino from "pino";
import { type Received, readTopic } from "../../src/transports/kafka/reader.ts";
import { connect } from "../../src/transports/kafka.ts";
import { READER } from "../../src/transports/messages/streams.ts";
import { type OpenStreamStandIn, streamsWiring } from "../streams.ts";
import { SERVERS } from "./kafka.ts";
import { StandInStreams } from "./message-streams.ts";
import { signatures } from "./messages.ts";

const log = pino({ level: "silent" });

/** A gateway in front of the sample service that answers in parts. */
export const wiring = streamsWiring(connect);

/** A service behind topics of its own, on the broker of KAFKA_BOOTSTRAP_SERVERS. */
export const standIn: OpenStreamStandIn = async (prefix, tell) => {
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const group = `${namespace}.${prefix.toLowerCase().replaceAll("_", "-")}`;
  const client = {
    clientId: group,
    bootstrapBrokers: SERVERS.split(","),
    retries: 20,
    retryDelay: 50,
  };
  const admin = new Admin(client);
  const topic = (what: string) => `${group}.${what}`;
  const shared = ["requests", "orders", "replies", "parts", "jobs"].map(topic);
  const single = ["events", "control"].map(topic);
  await admin.createTopics({ topics: shared, partitions: 3, replicas: 1 });
  await admin.createTopics({ topics: single, partitions: 1, replicas: 1 });

  const producer = new Producer({
    ...client,
    partitioner: compatibilityPartitioner,
    serializers: stringSerializers,
  });
  const stop = new AbortController();
  const streams = new StandInStreams(tell);
  const follow = async (what: string, take: (message: Received) => void) => {
    const reading = { client, topic: topic(what), signal: stop.signal, log };
    for await (const read of readTopic({ ...reading, from: "oldest" })) {
      if (read.kind === "messages") for (const message of read.messages) take(message);
    }
  };
  const answer = ({ headers, body }: Received) => {
    const key = headers[READER] ?? "";
    const answering = streams.answer(headers, new TextDecoder().decode(body), {
      control: topic("control"),
      async send(own, value) {
        const signed = signatures.sign(topic("parts"), own, value);
        const message = { topic: topic("parts"), key, value, headers: { ...signed } };
        await producer.send({ messages: [message], acks: -1 });
      },
    });
    // The test is over.
    answering.catch(() => {});
  };
  const following = [
    follow("requests", answer),
    follow("control", ({ headers, body }) => {
      if (signatures.verify(topic("control"), headers, body)) streams.hear(body);
    }),
  ];
  const member = new Consumer({ ...client, groupId: group });
  member.topics.track(topic("requests"));
  await member.joinGroup({});

  return {
    variables: { KAFKA_BOOTSTRAP_SERVERS: SERVERS, KAFKA_NAMESPACE: namespace },
    calls: streams.calls,
    cut: () => streams.cut(),
    async [Symbol.asyncDispose]() {
      streams.cut();
      stop.abort();
      await Promise.all([...following, member.close(true), producer.close(true)]);
      await admin.deleteTopics({ topics: [...shared, ...single] });
      await admin.close();
    },
  };
};
