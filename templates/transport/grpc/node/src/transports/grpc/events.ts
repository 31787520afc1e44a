import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientReadableStream, Metadata } from "@grpc/grpc-js";
import pRetry from "p-retry";
import type { Logger } from "pino";
import type { ServiceEvent } from "../../core/ports.ts";
import type { EventStream } from "./codec.ts";

export interface FollowOptions {
  readonly client: Client;
  readonly stream: EventStream;
  readonly metadata: () => Metadata;
  readonly after: string | undefined;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly service: string;
}

/** Milliseconds between the end of a stream and the next; spread, so that gateways do not come
 * back all at once. */
const PAUSE_MS = 250;

/** Events of a service, over as many streams as it takes: services end each one after a while. */
export async function* follow(
  options: FollowOptions,
): AsyncGenerator<ServiceEvent, void, undefined> {
  const { stream, signal, log, service } = options;
  let after = options.after ?? "";
  while (!signal.aborted) {
    try {
      const call = await open(options, after);
      try {
        for await (const bytes of call) {
          const event = stream.read(bytes);
          if (!event) continue;
          after = event.id;
          yield event;
        }
      } finally {
        call.cancel();
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error, service }, "stream of events broke");
    }
    await sleep(PAUSE_MS * (1 + Math.random()), undefined, { signal }).catch(() => {});
  }
}

/** One stream, opened however long that takes: a service sends its headers at once. */
function open(
  { client, stream, metadata, signal, log, service }: FollowOptions,
  after: string,
): Promise<ClientReadableStream<Buffer>> {
  return pRetry(
    async () => {
      const call = client.makeServerStreamRequest(
        stream.path,
        same,
        same,
        stream.ask(after),
        metadata(),
      );
      const cancel = () => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      call.once("close", () => signal.removeEventListener("abort", cancel));
      // An error between here and the first `for await` must not end the process.
      call.on("error", () => {});
      await once(call, "metadata", { signal });
      return call;
    },
    {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: 10_000,
      randomize: true,
      signal,
      onFailedAttempt: ({ error, attemptNumber }) => {
        const level = attemptNumber === 3 ? "warn" : "debug";
        log[level]({ err: error, service, attemptNumber }, "no stream of events yet");
      },
    },
  );
}

/** Messages are made and read where problems can be told. */
function same(bytes: Buffer): Buffer {
  return bytes;
}
