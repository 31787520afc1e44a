import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ReceivedCall, StreamStandIn } from "../streams.ts";
import type { Receive } from "./http.ts";

/** Answers a request, which it reports to `receive`. */
export type AnswerInParts = (
  request: IncomingMessage,
  receive: Receive,
  response: ServerResponse,
) => Promise<void>;

/** A service that speaks HTTP and answers in parts, on a real port of the loopback. */
export async function openHttpStreams(
  prefix: string,
  answer: AnswerInParts,
): Promise<StreamStandIn> {
  const calls: ReceivedCall[] = [];
  const server = createServer((request, response) => {
    if (request.method === "GET") return response.writeHead(200).flushHeaders();
    const given = new AbortController();
    response.once("close", () => given.abort());
    const { headers } = request;
    const receive: Receive = (operation, input) => {
      const left = Number(headers["request-timeout-ms"]);
      const call = { operation, input, headers, left, signal: given.signal };
      calls.push(call);
      return call;
    };
    return answer(request, receive, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    variables: { [`${prefix}_URL`]: `http://127.0.0.1:${port}` },
    calls,
    cut: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Resolves when there is room for another event. Rejects when `signal` aborts before. */
export async function sendEvent(
  response: ServerResponse,
  event: string,
  data: string,
  signal: AbortSignal,
): Promise<void> {
  if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
  if (!response.write(`event: ${event}\ndata: ${data}\n\n`)) {
    await once(response, "drain", { signal });
  }
}
