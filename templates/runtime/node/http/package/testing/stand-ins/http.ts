import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import type { ServiceEvent } from "../../src/transports/client.ts";
import type { OpenStream, ReceivedCall, StandIn } from "./direct.ts";

/** A response, word for word. */
export class Raw {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, type: string, body: string, headers: Record<string, string> = {}) {
    this.status = status;
    this.type = type;
    this.body = body;
    this.headers = headers;
  }

  /** A problem as RFC 9457 says. */
  static problem(problem: Problem): Raw {
    const { status, retryAfter } = problem;
    const headers = retryAfter === undefined ? undefined : { "retry-after": String(retryAfter) };
    return new Raw(status, "application/problem+json", JSON.stringify(problem.body()), headers);
  }
}

/** How a transport speaks HTTP. */
export interface Protocol {
  /** Where events are asked for. */
  readonly events: string;
  /** The id of the last event that a gateway has. */
  after(request: IncomingMessage): Promise<string | undefined>;
  /** An event as a server-sent one. */
  format(event: ServiceEvent): string;
  /** Server-sent events that are none of a contract. */
  readonly noise: readonly string[];
  /** Answers a call, which it reports to `receive`. */
  operate(request: IncomingMessage, receive: Receive): Promise<Raw>;
}

/** Notes down a call. */
export type Receive = (operation: string, input: Json) => ReceivedCall;

/** A service that speaks HTTP, on a real port of the loopback. */
export async function openHttpStandIn(
  prefix: string,
  port: number,
  protocol: Protocol,
): Promise<StandIn> {
  const calls: ReceivedCall[] = [];
  const streams: OpenStream[] = [];
  const state = { ready: true };
  const loading = new Problem("unavailable", "the model is loading");

  async function subscribe(request: IncomingMessage, response: ServerResponse) {
    const after = await protocol.after(request);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": open\n\n");
    streams.push({
      after,
      report: (event) => void response.write(protocol.format(event)),
      babble: () => {
        for (const text of protocol.noise) response.write(text);
      },
      end: () => void response.end(),
      cut: () => void response.destroy(),
    });
  }

  async function operate(request: IncomingMessage, response: ServerResponse) {
    const given = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) given.abort();
    });
    const { headers } = request;
    const raw = await protocol.operate(request, (operation, input) => {
      const left = Number(headers["request-timeout-ms"]);
      const call = { operation, input, headers, left, signal: given.signal };
      calls.push(call);
      return call;
    });
    send(response, raw);
  }

  const server = createServer((request, response) => {
    if (request.url === "/readyz") {
      const ready = new Raw(200, "application/json", '{"status":"ready"}');
      send(response, state.ready ? ready : Raw.problem(loading));
    } else if (request.url === protocol.events) {
      void subscribe(request, response);
    } else {
      void operate(request, response);
    }
  });
  const bound = await listen(server, port);
  return {
    variables: { [`${prefix}_URL`]: `http://127.0.0.1:${bound}` },
    port: bound,
    calls,
    streams,
    get ready() {
      return state.ready;
    },
    set ready(ready: boolean) {
      state.ready = ready;
    },
    // At once: open connections are cut.
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { status, type, body, headers }: Raw): void {
  response.writeHead(status, { "content-type": type, ...headers }).end(body);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
