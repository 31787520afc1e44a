import type { FastifyInstance } from "fastify";
import type { Gateway } from "../gateway.ts";

const PROBE = { config: { isProbe: true, rateLimit: false as const } };

/** What machines ask: is it alive, is it ready, how is it, what can it do. */
export function mountSystem(app: FastifyInstance, gateway: Gateway): void {
  // Never asks dependencies: restarting this process would not mend them.
  app.get("/livez", PROBE, async () => ({ status: "ok" }));

  app.get("/readyz", PROBE, async (_request, reply) => {
    const readiness = await gateway.readiness();
    return reply.code(readiness.status === "ready" ? 200 : 503).send(readiness);
  });

  app.get("/metrics", PROBE, async (_request, reply) => {
    const { registry } = gateway.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });

  const document = JSON.stringify(gateway.openapi);
  app.get("/openapi.json", (_request, reply) => reply.type("application/json").send(document));
}
