import { once } from "node:events";
import type { TestContext } from "node:test";
import { WebSocket } from "ws";
import type { Problem } from "./assertions.ts";
import { authorization, baseUrl, type Json } from "./gateway.ts";

/** What the gateway sends. */
export type Message =
  | { readonly type: "event"; readonly id: string; readonly channel: string; readonly data: Json }
  | { readonly type: "result"; readonly id: string; readonly output: Json }
  | { readonly type: "error"; readonly id?: string; readonly problem: Problem };

const PATIENCE_MS = 20_000;

/** A connection to `/api/ws`. */
export class Socket {
  readonly #socket: WebSocket;
  readonly #received: Message[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#received.push(JSON.parse(String(data)) as Message));
  }

  /** Connects; the connection is cut at the end of the test. */
  static async open(test: TestContext): Promise<Socket> {
    const socket = new WebSocket(`${baseUrl.replace(/^http/, "ws")}/api/ws`, {
      headers: authorization,
    });
    test.after(() => socket.terminate());
    const opened = new Socket(socket);
    await once(socket, "open");
    return opened;
  }

  send(message: Json): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** The first message that fits, among those that came and those that come. */
  async next(fits: (message: Message) => boolean, patienceMs = PATIENCE_MS): Promise<Message> {
    const signal = AbortSignal.timeout(patienceMs);
    for (;;) {
      const found = this.#received.find(fits);
      if (found) return found;
      await once(this.#socket, "message", { signal });
    }
  }
}
