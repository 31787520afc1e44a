import type { FastifyInstance } from "fastify";

/** Holds for the routes of this folder alone. */
export default async function hooks(app: FastifyInstance): Promise<void> {
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("x-admin", "yes");
  });
}
