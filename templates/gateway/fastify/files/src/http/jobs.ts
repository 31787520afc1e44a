import type { FastifyInstance } from "fastify";
import type { Gateway } from "../gateway.ts";
import { refuseOtherMethods } from "./methods.ts";

/** A job, as clients see it. */
export const JOB = {
  type: "object",
  required: ["id", "service", "operation", "status", "created"],
  properties: {
    id: { type: "string" },
    service: { type: "string" },
    operation: { type: "string" },
    status: { type: "string" },
    created: { type: "string" },
    finished: { type: "string" },
    result: {},
    problem: { type: "object", additionalProperties: true },
  },
} as const;

/** `GET /api/jobs/<id>` */
export function mountJobs(app: FastifyInstance, gateway: Gateway): void {
  app.get<{ Params: { id: string } }>(
    "/api/jobs/:id",
    { schema: { response: { 200: JOB } } },
    async (request, reply) => {
      await gateway.authenticate(request.raw);
      reply.header("cache-control", "no-store");
      return gateway.jobs.get(request.params.id);
    },
  );
  refuseOtherMethods(app, "/api/jobs/:id", ["GET"]);
}
