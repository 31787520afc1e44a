import type { FastifyInstance } from "fastify";
import type { Gateway } from "../gateway.ts";

const PROBE = { config: { isProbe: true, rateLimit: false as const } };

/** What machines ask: is it alive, is it ready, how is it, what can it do. */
export function mountSystem(
  app: FastifyInstance,
  gateway: Gateway,
  own: () => { readonly paths?: object; readonly components?: { readonly schemas?: object } },
): void {
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

  let document: string | undefined;
  app.get("/openapi.json", (_request, reply) => {
    document ??= JSON.stringify(merged(gateway.openapi, own()));
    return reply.type("application/json").send(document);
  });
}

/** The public API with the gateway's own routes. */
function merged(api: OpenApiDocument, own: Parameters<typeof mountSystem>[2] extends () => infer D ? D : never) {
  const { components, paths, ...rest } = api;
  return {
    ...rest,
    paths: { ...paths, ...own.paths },
    components: { ...components, schemas: { ...components.schemas, ...own.components?.schemas } },
  };
}
