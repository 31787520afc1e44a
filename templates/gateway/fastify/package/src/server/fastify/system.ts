import type { FastifyInstance } from "fastify";
import type { OpenApiDocument } from "../../calls/validation.ts";
import type { Gateway } from "../gateway.ts";
import type { OwnDocument } from "./own.ts";

const PROBE = { config: { isProbe: true, rateLimit: false as const } };

/** What machines ask: is it alive, is it ready, how is it, what can it do. */
export function mountSystem(app: FastifyInstance, gateway: Gateway, own: () => OwnDocument): void {
  // Never asks dependencies: restarting this process would not mend them.
  app.get("/livez", PROBE, async () => ({ status: "ok" }));

  app.get("/readyz", PROBE, async (_request, reply) => {
    const readiness = await gateway.readiness();
    return reply.code(readiness.status === "unavailable" ? 503 : 200).send(readiness);
  });

  app.get("/metrics", PROBE, async (_request, reply) => {
    const { registry } = gateway.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });

  let document: string | undefined;
  app.get("/openapi.json", (_request, reply) => {
    document ??= JSON.stringify(merged(gateway.openapi, own()));
    return reply.type("application/json").send(document);
  });
}

/** The public API with the gateway's own routes. */
function merged(api: OpenApiDocument, { paths, schemas }: OwnDocument): object {
  const { components } = api;
  return {
    ...api,
    paths: { ...api.paths, ...paths },
    components: { ...components, schemas: { ...schemas, ...components.schemas } },
  };
}
