/** gRPC by hand: grpc-js, and a message without fields. */
import { Client, credentials } from "@grpc/grpc-js";
import type { Ping } from "./worker.ts";

export function connect(): Ping {
  const client = new Client(process.env.BENCH_ADDRESS ?? "", credentials.createInsecure());
  const nothing = Buffer.alloc(0);
  const asItIs = (bytes: Buffer) => bytes;
  return () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest("/bench.Bench/Ping", asItIs, asItIs, nothing, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
}
