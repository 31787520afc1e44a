import { once } from "node:events";
import type { ClientReadableStream, Metadata } from "@grpc/grpc-js";
import type { ServiceEvent } from "../client.ts";
import type { Dial } from "./channel.ts";
import type { EventStream } from "./codec.ts";

/** Milliseconds until a stream stands: nobody says so when an address leads nowhere. */
const OPEN_MS = 5000;
/** Milliseconds without a message after which a stream is dead: services send an empty one every 15 s. */
const SILENCE_MS = 45_000;

export interface StreamOptions {
  readonly dial: Dial;
  readonly target: string;
  readonly stream: EventStream;
  readonly metadata: Metadata;
  readonly after: string | undefined;
  readonly signal: AbortSignal;
}

/** The events of one replica over one stream. Resolves when it stands: a service sends its headers
 * at once. */
export async function openStream({
  dial,
  target,
  stream,
  metadata,
  after,
  signal,
}: StreamOptions): Promise<AsyncIterable<ServiceEvent>> {
  const client = dial(target);
  const ask = stream.ask(after ?? "");
  const call = client.makeServerStreamRequest(stream.path, same, same, ask, metadata);
  const cancel = () => call.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  call.once("close", () => {
    signal.removeEventListener("abort", cancel);
    client.close();
  });
  // An error between here and the first `for await` must not end the process.
  call.on("error", () => {});
  try {
    await once(call, "metadata", {
      signal: AbortSignal.any([signal, AbortSignal.timeout(OPEN_MS)]),
    });
  } catch (error) {
    call.cancel();
    throw error;
  }
  return read(call, stream);
}

async function* read(
  call: ClientReadableStream<Buffer>,
  stream: EventStream,
): AsyncGenerator<ServiceEvent> {
  const silence = setTimeout(() => {
    // What waits to be read is a sign of life.
    if (call.readableLength > 0) silence.refresh();
    else call.destroy(new Error(`nothing came for ${SILENCE_MS} ms`));
  }, SILENCE_MS);
  try {
    for await (const bytes of call) {
      silence.refresh();
      const event = stream.read(bytes);
      if (event) yield event;
    }
  } finally {
    clearTimeout(silence);
    call.cancel();
  }
}

/** Messages are made and read where problems can be reported. */
function same(bytes: Buffer): Buffer {
  return bytes;
}
