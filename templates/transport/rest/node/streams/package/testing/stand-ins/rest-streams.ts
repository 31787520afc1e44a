import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import { connect } from "../../src/transports/rest.ts";
import { type OpenStreamStandIn, type ReceivedCall, streamsWiring, type Tell } from "../streams.ts";

/** A gateway in front of the sample service that answers in parts. */
export const wiring = streamsWiring(connect);

/** A service on a real port of the loopback. */
export const standIn: OpenStreamStandIn = async (prefix, tell) => {
  const calls: ReceivedCall[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === "GET") return response.writeHead(200).flushHeaders();
    const given = new AbortController();
    response.once("close", () => given.abort());
    const { headers } = request;
    const call = {
      operation: (request.url ?? "").replace("/operations/", ""),
      input: (await json(request)) as Json,
      headers,
      left: Number(headers["request-timeout-ms"]),
      signal: given.signal,
    };
    calls.push(call);
    return answer(call, tell, response);
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
};

async function answer(call: ReceivedCall, tell: Tell, response: ServerResponse): Promise<void> {
  const send = async (event: string, data: unknown) => {
    if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
    const frame = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    if (!response.write(frame)) await once(response, "drain", { signal: call.signal });
  };
  try {
    for await (const item of tell(call)) {
      await ("part" in item ? send("part", item.part) : send("end", item.output));
    }
    response.end();
  } catch (error) {
    if (call.signal.aborted) return;
    const problem = Problem.from(error);
    const body = { ...problem.body(), retry_after: problem.retryAfter };
    if (response.headersSent) {
      await send("problem", body);
      response.end();
      return;
    }
    const type = { "content-type": "application/problem+json" };
    response.writeHead(problem.status, type).end(JSON.stringify(body));
  }
}
