import type { ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import { connect } from "../../src/transports/rest.ts";
import { type OpenStreamStandIn, type ReceivedCall, streamsWiring, type Tell } from "../streams.ts";
import { openHttpStreams, sendEvent } from "./http-streams.ts";

/** A gateway in front of the sample service that answers in parts. */
export const wiring = streamsWiring(connect);

/** A service on a real port of the loopback. */
export const standIn: OpenStreamStandIn = (prefix, tell) =>
  openHttpStreams(prefix, async (request, receive, response) => {
    const operation = (request.url ?? "").replace("/operations/", "");
    await answer(receive(operation, (await json(request)) as Json), tell, response);
  });

async function answer(call: ReceivedCall, tell: Tell, response: ServerResponse): Promise<void> {
  const send = (event: string, data: unknown) =>
    sendEvent(response, event, JSON.stringify(data), call.signal);
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
