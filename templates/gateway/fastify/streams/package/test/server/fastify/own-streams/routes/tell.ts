import type { FastifyInstance } from "fastify";
import { streamOf } from "../../../../../src/calls/streams.ts";
import { sample } from "../../../../../testing/streams.ts";

/** Counts the parts of an answer, and leaves after `most` of them. */
export default async function routes(app: FastifyInstance): Promise<void> {
  app.get<{ Querystring: { most: string } }>("/api/counted", async (request) => {
    let parts = 0;
    const most = Number(request.query.most);
    for await (const item of streamOf(request.calls, sample.operations.tell, { topic: "own" })) {
      if ("output" in item || parts === most) break;
      parts += 1;
    }
    return { parts };
  });
}
