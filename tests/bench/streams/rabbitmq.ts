/** RabbitMQ by hand: rabbitmq-client, a queue of this process for the parts of all answers. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Connection } from "rabbitmq-client";
import { begin, frame, type Tell } from "./events.ts";

export async function connect(): Promise<Tell> {
  const connection = new Connection(process.env.BENCH_BROKER);
  const waiting = new Map<string, (event: string, data: string) => void>();
  const replyTo = `bench.replies.${randomUUID()}`;
  const replies = connection.createConsumer(
    { queue: replyTo, queueOptions: { exclusive: true }, noAck: true },
    ({ type = "", correlationId = "", body }) => waiting.get(correlationId)?.(type, String(body)),
  );
  await once(replies, "ready");
  const publisher = connection.createPublisher();
  const to = { routingKey: "bench.requests", replyTo };
  return async (question, response) => {
    const correlationId = randomUUID();
    response.on("close", () => {
      waiting.delete(correlationId);
      void publisher.send({ ...to, correlationId, type: "cancel" }, "");
    });
    begin(response);
    waiting.set(correlationId, (event, data) => {
      response.write(frame(event, data));
      if (event === "end") response.end();
    });
    await publisher.send({ ...to, correlationId }, question);
  };
}
