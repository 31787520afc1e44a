import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { Json } from "../../src/contract.ts";

/** A call as the stand-in received it. */
export interface ReceivedCall {
  readonly operation: string;
  readonly input: Json;
  readonly headers: IncomingMessage["headers"];
  /** Aborts when the gateway gives the call up. */
  readonly signal: AbortSignal;
}

/** Answers an operation: JSON for 200, or what to send instead. */
export type Answer = (call: ReceivedCall) => Promise<Json | Refusal> | Json | Refusal;

export class Refusal {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, problem: object | string, headers: Record<string, string> = {}) {
    this.status = status;
    this.body = typeof problem === "string" ? problem : JSON.stringify(problem);
    this.headers = { "content-type": "application/problem+json", ...headers };
  }
}

export interface RestStandIn extends AsyncDisposable {
  /** Environment variables that lead a gateway here. */
  readonly variables: Readonly<Record<string, string>>;
  readonly port: number;
  readonly calls: readonly ReceivedCall[];
  /** Open streams of events, with the `Last-Event-ID` that each came with. */
  readonly streams: readonly {
    readonly after: string | undefined;
    readonly response: ServerResponse;
  }[];
  ready: boolean;
}

/** A service on a real port of the loopback, with `answers` by operation. */
export async function standIn(
  prefix: string,
  answers: Readonly<Record<string, Answer>>,
  port = 0,
): Promise<RestStandIn> {
  const calls: ReceivedCall[] = [];
  const streams: { after: string | undefined; response: ServerResponse }[] = [];
  const state = { ready: true };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path === "/readyz") {
      const problem = { code: "unavailable", detail: "the model is loading" };
      reply(response, state.ready ? { status: "ready" } : new Refusal(503, problem));
    } else if (path === "/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": open\n\n");
      streams.push({ after: request.headers["last-event-id"]?.toString(), response });
    } else {
      void operate(path.replace("/operations/", ""), request, response);
    }
  });

  async function operate(operation: string, request: IncomingMessage, response: ServerResponse) {
    const left = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) left.abort();
    });
    const input = (await json(request)) as Json;
    const call = { operation, input, headers: request.headers, signal: left.signal };
    calls.push(call);
    const answer = answers[operation];
    reply(response, answer ? await answer(call) : new Refusal(404, { code: "not_found" }));
  }

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

function reply(response: ServerResponse, answer: Json | Refusal): void {
  if (answer instanceof Refusal) {
    response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
  } else {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
