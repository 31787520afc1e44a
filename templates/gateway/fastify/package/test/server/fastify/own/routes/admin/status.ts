import type { FastifyInstance } from "fastify";

export default async function routes(app: FastifyInstance): Promise<void> {
  app.get("/status", async () => ({ status: "fine" }));
}
