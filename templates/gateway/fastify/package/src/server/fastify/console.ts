import type { FastifyInstance } from "fastify";
import type { Gateway } from "../gateway.ts";

/** Pages for people; their files do not count as requests of a client. */
export function mountConsole(app: FastifyInstance, { console }: Gateway): void {
  if (!console) return;
  for (const path of console.paths) {
    app.get(path, { config: { rateLimit: false } }, async (request, reply) => {
      const { type, body, etag } = await console.read(path);
      // Addresses carry no hash: browsers ask each time, and hear when nothing has changed.
      reply.headers({ "cache-control": "no-cache", etag });
      if (request.headers["if-none-match"] === etag) return reply.code(304).send();
      return reply.type(type).send(body);
    });
  }
}
