import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import { type ClientOptions, WebSocket } from "ws";
import type { ProblemBody } from "../../../src/calls/problem.ts";
import type { Json } from "../../../src/contract.ts";
import type { OpenRealtime } from "../../../src/realtime/interface.ts";
import type { ConnectionLimits } from "../../../src/realtime/websocket/connection.ts";
import { openWebSocket, realtime } from "../../../src/realtime/websocket.ts";
import type { Wiring } from "../../../src/server/gateway.ts";
import { serveSample } from "../../../testing/sample.ts";
import { eventually, type Served } from "../../../testing/serve.ts";

interface Received {
  readonly type: string;
  readonly id?: string;
  readonly channel?: string;
  readonly time?: string;
  readonly data?: Json;
  readonly output?: Json;
  readonly problem?: ProblemBody;
}

/** A client with what it was sent. */
export class Client {
  readonly socket: WebSocket;
  readonly received: Received[] = [];
  code: number | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => this.received.push(JSON.parse(data.toString())));
    socket.on("error", () => {});
    socket.once("close", (code) => {
      this.code = code;
    });
  }

  static async open({ origin }: Served, options: ClientOptions = {}): Promise<Client> {
    const client = new Client(new WebSocket(`${origin.replace("http", "ws")}/api/ws`, options));
    await once(client.socket, "open");
    return client;
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  call(id: string, word: string): void {
    this.send({ type: "call", id, service: "sample", operation: "read", input: { word } });
  }

  /** Listens, and returns when it is sure that the gateway knows. */
  async listen(t: TestContext, channel: string): Promise<void> {
    this.send({ type: "subscribe", channel });
    this.call("listening", "now");
    await eventually(t, () => assert.ok(this.received.some(({ id }) => id === "listening")));
    this.received.length = 0;
  }

  get data(): (Json | undefined)[] {
    return this.received.filter(({ type }) => type === "event").map(({ data }) => data);
  }

  get codes(): (string | undefined)[] {
    return this.received.filter(({ type }) => type === "error").map(({ problem }) => problem?.code);
  }
}

const LIMITS: ConnectionLimits = {
  calls: 32,
  messagesPerSecond: 1000,
  highWaterBytes: 65_536,
  maxBytes: 8_000_000,
  heartbeatMs: 15_000,
  closeMs: 5000,
};

/** A gateway with this way of listening and nothing else. */
export const gateway = (
  t: TestContext,
  variables: Record<string, string> = {},
  open: OpenRealtime = realtime,
  wiring: Partial<Wiring> = {},
) => serveSample(t, variables, { realtime: [open], ...wiring });

/** The same with a client. */
export async function connected(...options: Parameters<typeof gateway>) {
  const { service, served } = await gateway(...options);
  return { service, served, client: await Client.open(served) };
}

export const limited =
  (limits: Partial<ConnectionLimits>): OpenRealtime =>
  (context) =>
    openWebSocket(context, { ...LIMITS, ...limits });

/** What the gateway counts, as `/metrics` has it. */
export const metricsOf = ({ gateway }: Served): Promise<string> =>
  gateway.metrics.registry.metrics();

/** Waits until no client gets events any more. */
export async function noneListens(t: TestContext, served: Served): Promise<void> {
  await eventually(t, async () =>
    assert.match(await metricsOf(served), /^gateway_event_subscribers 0$/m),
  );
}

/** What the gateway answers, in plain HTTP, to who may not connect. */
export async function refusal({ origin }: Served, headers: Record<string, string> = {}) {
  const request = get(`${origin}/api/ws`, {
    agent: false,
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
  });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.setEncoding("utf8");
  const body = (await response.toArray()).join("");
  return { status: response.statusCode, headers: response.headers, problem: JSON.parse(body) };
}
