import type { FastifyInstance } from "fastify";
import type { Gateway } from "../gateway.ts";
import { refuseOtherMethods } from "./methods.ts";
import { schemaOf } from "./schemas.ts";

/** `GET /api/jobs/<id>` */
export function mountJobs(app: FastifyInstance, gateway: Gateway): void {
  app.get<{ Params: { id: string } }>(
    "/api/jobs/:id",
    { schema: { response: { 200: schemaOf("Job") } } },
    async (request, reply) => {
      await gateway.authenticate(request.raw);
      reply.header("cache-control", "no-store");
      return gateway.jobs.get(request.params.id);
    },
  );
  refuseOtherMethods(app, "/api/jobs/:id", ["GET"]);
}
