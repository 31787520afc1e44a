import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ChannelEvent, Subscription } from "../../events/hub.ts";
import { oncePerEvent } from "../once.ts";
import type { ConnectionLimits } from "./connection.ts";

/** A text message in one frame, which no server masks (RFC 6455, 5.2). */
const TEXT = 0x81;
/** Lengths of two and of eight bytes are announced by these. */
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

/** Where a client's events are written. */
export interface Receiver {
  readonly socket: WebSocket;
  /** What is below it. Messages are not compressed, so that `socket` itself writes at once and nothing overtakes. */
  readonly stream: Duplex;
  readonly limits: Pick<ConnectionLimits, "highWaterBytes" | "maxBytes">;
  /** Called when more waits for the client than may. */
  tooSlow(): void;
}

/** Sends events as they come, each when there is room for it, until there are no more. */
export async function deliver(
  events: Subscription,
  { socket, stream, limits, tooSlow }: Receiver,
): Promise<void> {
  for await (const event of events) {
    if (socket.readyState !== socket.OPEN) continue;
    stream.write(frameOf(event));
    if (socket.bufferedAmount > limits.maxBytes) tooSlow();
    // A full socket: the next events wait in the bounded queue.
    if (socket.bufferedAmount > limits.highWaterBytes) await written(stream);
  }
}

/** The same bytes go to every socket. */
const frameOf = oncePerEvent((event: ChannelEvent) => {
  const text = Buffer.from(JSON.stringify({ type: "event", ...event }));
  return Buffer.concat([headOf(text.length), text]);
});

function headOf(length: number): Buffer {
  if (length < TWO_BYTES) return Buffer.of(TEXT, length);
  if (length < 2 ** 16) {
    const head = Buffer.of(TEXT, TWO_BYTES, 0, 0);
    head.writeUInt16BE(length, 2);
    return head;
  }
  const head = Buffer.of(TEXT, EIGHT_BYTES, 0, 0, 0, 0, 0, 0, 0, 0);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** Resolves when what was written has left for the client, or never will. */
function written(stream: Duplex): Promise<void> {
  return new Promise((resolve) => stream.write(Buffer.alloc(0), () => resolve()));
}
