import type { FastifyInstance, HTTPMethods } from "fastify";
import { Problem } from "../../calls/problem.ts";

const METHODS: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/** Answers every other method at `path` with 405 and `Allow` (RFC 9110, 15.5.6). */
export function refuseOtherMethods(
  app: FastifyInstance,
  path: string,
  allowed: readonly HTTPMethods[],
): void {
  const allow = allowed.includes("GET") ? [...allowed, "HEAD"] : [...allowed];
  app.route({
    method: METHODS.filter((method) => !allow.includes(method)),
    url: path,
    // Before the body is read: nobody wants it.
    onRequest: async (_request, reply) => {
      reply.header("allow", allow.join(", "));
      throw new Problem("invalid_argument", `Only ${allow.join(", ")} can be asked here`, {
        status: 405,
      });
    },
    handler: async () => undefined,
  });
}
