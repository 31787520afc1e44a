import type { Duplex } from "node:stream";
import { Sender, type WebSocket } from "ws";
import { type ChannelEvent, oncePerEvent, type Subscription } from "../../events/hub.ts";
import type { ConnectionLimits } from "./connection.ts";

declare module "ws" {
  /** Exported, and missing in its types and its documentation: look again where `ws` is updated. */
  const Sender: {
    /** The buffers of a frame. */
    frame(data: Buffer, options: FrameOptions): Buffer[];
  };
  interface FrameOptions {
    readonly fin: boolean;
    readonly opcode: number;
    /** Whether masked: no server does that (RFC 6455, 5.1). */
    readonly mask: boolean;
    readonly rsv1: boolean;
    /** Whether `data` is not to be changed. */
    readonly readOnly: boolean;
  }
}

/** A text message in one frame (RFC 6455, 5.2). */
const TEXT = { fin: true, opcode: 1, mask: false, rsv1: false, readOnly: true };

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
const frameOf = oncePerEvent((event: ChannelEvent) =>
  Buffer.concat(Sender.frame(Buffer.from(JSON.stringify({ type: "event", ...event })), TEXT)),
);

/** Resolves when what was written has left for the client, or never will. */
function written(stream: Duplex): Promise<void> {
  return new Promise((resolve) => stream.write(Buffer.alloc(0), () => resolve()));
}
