/** RabbitMQ by hand: rabbitmq-client's own calls, answered by direct reply-to. */
import { Connection } from "rabbitmq-client";
import type { Ping } from "./worker.ts";

export function connect(): Ping {
  const client = new Connection(process.env.BENCH_ADDRESS).createRPCClient({ confirm: true });
  return () => client.send("bench.requests", {});
}
