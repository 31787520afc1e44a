import type { FastifyInstance } from "fastify";
import { Problem } from "../../../../../src/calls/problem.ts";
import { sample } from "../../../../../testing/sample.ts";

const body = {
  type: "object",
  properties: { word: { type: "string", minLength: 2 } },
  required: ["word"],
};
const answered = {
  description: "The word.",
  $ref: "openapi.json#/components/schemas/SampleReadOutput",
};

export default async function routes(app: FastifyInstance): Promise<void> {
  app.post(
    "/api/echo",
    { schema: { tags: ["own"], body, response: { 200: answered } } },
    async (request) => request.calls.call(sample.operations.write, request.body),
  );
  app.get("/api/greeting", async (request) => ({
    greeting: app.greeting,
    caller: request.caller?.subject ?? "",
  }));
  app.get("/api/closed", async () => {
    throw new Problem("permission_denied", "not today");
  });
  app.get("/api/slow", { handlerTimeout: 100 }, async (request) => {
    await request.calls.call(sample.operations.read, { word: "slow" });
  });
}
