import { json } from "node:stream/consumers";
import { Problem } from "../../src/calls/problem.ts";
import type { Json } from "../../src/contract.ts";
import { connect } from "../../src/transports/rest.ts";
import { sampleWiring } from "../sample.ts";
import type { OpenStandIn } from "./direct.ts";
import { openHttpStandIn, Raw } from "./http.ts";

/** A gateway in front of the sample service. */
export const wiring = sampleWiring(connect);

/** A service on a real port of the loopback, with `answers` by operation. */
export const standIn: OpenStandIn<Raw> = (prefix, answers, port = 0) =>
  openHttpStandIn(prefix, port, {
    events: "/events",
    after: async ({ headers }) => headers["last-event-id"]?.toString(),
    format({ id, name, time, data }) {
      return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify({ time, data })}\n\n`;
    },
    noise: [
      "id: e-1\nevent: reported\ndata: {not json\n\n",
      'data: {"time":"2026-01-01T00:00:00Z","data":1}\n\n',
    ],
    async operate(request, receive) {
      const operation = (request.url ?? "").replace("/operations/", "");
      const call = receive(operation, (await json(request)) as Json);
      const missing = new Problem("not_found", "There is no such operation");
      const answer = (await answers[operation]?.(call)) ?? missing;
      if (answer instanceof Raw) return answer;
      if (answer instanceof Problem) return Raw.problem(answer);
      return new Raw(200, "application/json", JSON.stringify(answer));
    },
  });
