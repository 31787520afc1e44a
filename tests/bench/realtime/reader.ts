/** Many sockets in a process of its own, which counts what each of them receives. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";

export interface Order {
  readonly port: number;
  readonly sockets: number;
}

/** Since the last time that it was asked for. */
export interface Figures {
  readonly events: number;
  /** Milliseconds from when an event was asked for to when a socket received it. */
  readonly p50: number;
  readonly p99: number;
}

const AT_ONCE = 100;
const SUBSCRIBE = JSON.stringify({ type: "subscribe", channel: "echo.worked" });
const NAME = Buffer.from('"name":"');
/** Characters of a moment in milliseconds. */
const MOMENT = 13;

let delays: number[] = [];

/** One socket, read without a library: what is measured is at the other end. */
async function open(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  const begun = Promise.withResolvers<void>();
  const headers = [
    "GET /api/ws HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
  ];
  socket.write(`${headers.join("\r\n")}\r\n\r\n`);
  socket.once("data", (answer: Buffer) => {
    if (!answer.includes(" 101 ")) return begun.reject(new Error(answer.toString()));
    // A text frame under the mask of zeroes (RFC 6455, 5.2).
    const frame = [0x81, 0x80 | SUBSCRIBE.length, 0, 0, 0, 0];
    socket.write(Buffer.concat([Buffer.from(frame), Buffer.from(SUBSCRIBE)]));
    socket.on("data", (chunk: Buffer) => {
      const now = Date.now();
      // A piece may end within an event: that one is left out.
      for (let at = chunk.indexOf(NAME); at >= 0; at = chunk.indexOf(NAME, at + 1)) {
        const begin = at + NAME.length;
        delays.push(now - Number(chunk.latin1Slice(begin, begin + MOMENT)));
      }
    });
    begun.resolve();
  });
  socket.on("error", begun.reject);
  socket.on("close", () => process.exitCode === undefined && console.error("a socket was closed"));
  await begun.promise;
}

process.on("message", async (order: Order | "figures") => {
  if (order === "figures") {
    const sorted = delays.filter(Number.isFinite).sort((a, b) => a - b);
    delays = [];
    const part = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
    process.send?.({ events: sorted.length, p50: part(0.5), p99: part(0.99) } satisfies Figures);
    return;
  }
  for (let left = order.sockets; left > 0; left -= AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => open(order.port)));
  }
  process.send?.("open");
});
process.send?.("here");
